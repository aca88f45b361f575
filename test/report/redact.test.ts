import test from 'ava';
import {redactor} from '../../src/report/redact.ts';

const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvCanary0123456789abcdefghijklmnopqrstuvwxyz'.repeat(1)}\nshort==\n-----END PRIVATE KEY-----\n`;
const clean = redactor(() => ['token.0123456789abcdef', key]);

test('a secret is hidden raw, in JSON, and as base64', (t) => {
	t.is(clean('see token.0123456789abcdef there'), 'see *** there');
	t.is(clean(JSON.stringify({key})), '{"key":"***"}');
	t.is(clean(Buffer.from(key).toString('base64')), '***');
});

test('one line of a key is enough to be hidden', (t) => {
	t.is(clean('got MIIEvCanary0123456789abcdefghijklmnopqrstuvwxyz'), 'got ***');
});

test('what is too short to be a secret is left alone', (t) => {
	t.is(redactor(() => ['', 'root'])('root has no name'), 'root has no name');
});

test('secrets that become known later are hidden from then on', (t) => {
	const known: string[] = [];
	const later = redactor(() => known);
	t.is(later('password1234'), 'password1234');
	known.push('password1234');
	t.is(later('password1234'), '***');
});
