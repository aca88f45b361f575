import test from 'ava';
import {cleaned} from '../../src/run/redact.ts';

test('secrets go, in every form that a node could repeat them in', (t) => {
	const pem = `-----BEGIN KEY-----\n${'A'.repeat(40)}\n${'B'.repeat(40)}\n-----END KEY-----\n`;
	const secrets = ['abcdef.0123456789abcdef', pem];
	t.is(cleaned('token abcdef.0123456789abcdef!', secrets), 'token ***!');
	t.is(cleaned(Buffer.from(secrets[0]!).toString('base64'), secrets), '***');
	t.is(cleaned(`line ${'B'.repeat(40)}`, secrets), 'line ***');
	t.is(cleaned('no secret', ['no']), 'no secret', 'what is too short to be one blots out no words');
});

test('nothing that moves a cursor or turns text around is shown', (t) => {
	t.is(cleaned('\u001b[31mred\u001b[0m\u0007\u202eevil\r\u009b2J', []), 'redevil2J');
});
