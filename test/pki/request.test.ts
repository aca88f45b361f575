import {execFileSync} from 'node:child_process';
import {createPublicKey} from 'node:crypto';

import {join} from 'node:path';
import test from 'ava';
import {spki} from '../../pki/keys.ts';
import {readRequest} from '../../pki/request.ts';
import {testFolder} from '../folder.ts';

const openssl = (...args: readonly string[]) => execFileSync('openssl', args, {stdio: ['ignore', 'pipe', 'ignore']}).toString();

/** A key of this kind, and what openssl asks for with it. */
function asked(folder: string, kind: readonly string[], more: readonly string[] = []): {request: string; key: Buffer} {
	const file = join(folder, 'key.pem');
	openssl('genpkey', ...kind, '-out', file);
	const request = openssl('req', '-new', '-key', file, '-subj', '/O=system:nodes/CN=system:node:w1', ...more);
	return {request, key: spki(createPublicKey(openssl('pkey', '-in', file, '-pubout')))};
}
const ec = (curve: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`];
const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];

const good: readonly (readonly [title: string, kind: readonly string[], more?: readonly string[]])[] = [
	['P-256, as a kubelet makes it', ec('P-256')],
	['P-384 with SHA-384', ec('P-384'), ['-sha384']],
	['RSA', rsa],
	['RSA with SHA-512', rsa, ['-sha512']],
];
for (const [title, kind, more] of good) {
	test(`${title}: whose it is, and its key`, (t) => {
		const {request, key} = asked(testFolder(), kind, more);
		const {commonName, organizations, extended, key: shown} = readRequest(request);
		t.deepEqual(
			{commonName, organizations, extended},
			{commonName: 'system:node:w1', organizations: ['system:nodes'], extended: false},
		);
		t.true(spki(shown).equals(key));
	});
}

test('names of servers, or any other wish, are seen', (t) => {
	const {request} = asked(testFolder(), ec('P-256'), ['-addext', 'subjectAltName=DNS:w1,IP:10.0.0.9']);
	t.true(readRequest(request).extended);
});

test('every organization is told, in its order', (t) => {
	const folder = testFolder();
	const file = join(folder, 'key.pem');
	openssl('genpkey', ...ec('P-256'), '-out', file);
	const subject = '/O=system:nodes/O=system:masters/CN=system:node:w1';
	t.deepEqual(readRequest(openssl('req', '-new', '-key', file, '-subj', subject)).organizations, [
		'system:nodes',
		'system:masters',
	]);
});

test('who has not the key that is shown is refused', (t) => {
	const {request} = asked(testFolder(), ec('P-256'));
	const der = Buffer.from(request.replace(/-----[^-]+-----/g, ''), 'base64');
	// In the name, so that everything can still be read.
	der[der.indexOf('w1')] = 'x'.charCodeAt(0);
	const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
	t.throws(() => readRequest(forged), {message: 'it was not signed with its own key'});
});

test('a signature of a kind that we do not know is none', (t) => {
	const {request} = asked(testFolder(), ['-algorithm', 'ED25519']);
	t.throws(() => readRequest(request), {message: 'it was not signed with its own key'});
});

test('what is no request is refused', (t) => {
	const body = (text: string) => `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END CERTIFICATE REQUEST-----\n`;
	t.throws(() => readRequest(''), {message: /no certificate request/});
	t.throws(() => readRequest(body('')));
	t.throws(() => readRequest(body('AAAA')));
	t.throws(() => readRequest(body(Buffer.from([0x30, 0x80]).toString('base64'))));
});
