import {execFileSync} from 'node:child_process';
import {createPublicKey, generateKeyPairSync} from 'node:crypto';
import test from 'ava';
import {type Algorithm, keyAlgorithms} from '../../pki/algorithms.ts';
import {makeKey, privatePem, publicKeyOf, publicPem, readPrivateKey, spki} from '../../pki/keys.ts';

const expected: Record<Algorithm, [string, string]> = {
	'RSA-2048': ['RSA', 'Private-Key: (2048 bit, 2 primes)'],
	'RSA-3072': ['RSA', 'Private-Key: (3072 bit, 2 primes)'],
	'RSA-4096': ['RSA', 'Private-Key: (4096 bit, 2 primes)'],
	'ECDSA-P256': ['EC', 'ASN1 OID: prime256v1'],
	'ECDSA-P384': ['EC', 'ASN1 OID: secp384r1'],
};

for (const algorithm of Object.keys(keyAlgorithms) as Algorithm[]) {
	test(`${algorithm}: made, written as kubeadm writes it, and read back`, async (t) => {
		const key = await makeKey(algorithm);
		const pem = privatePem(key).toString();
		const [label, sign] = expected[algorithm];
		t.true(pem.startsWith(`-----BEGIN ${label} PRIVATE KEY-----\n`));
		t.true(pem.endsWith(`-----END ${label} PRIVATE KEY-----\n`));
		t.true(execFileSync('openssl', ['pkey', '-noout', '-text'], {input: pem, encoding: 'utf8'}).includes(sign));
		t.true(readPrivateKey(pem).equals(key));
		t.true(publicPem(key).startsWith('-----BEGIN PUBLIC KEY-----\n'));
		t.true(spki(publicKeyOf(publicPem(key))).equals(spki(key)));
	});
}

test('more keys than lanes are all made, and differ', async (t) => {
	const keys = await Promise.all(Array.from({length: 20}, () => makeKey('ECDSA-P256')));
	t.is(new Set(keys.map((key) => publicPem(key))).size, 20);
});

test('PKCS#8 is read, and blocks that are no private key are skipped', (t) => {
	const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
	const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
	t.true(readPrivateKey(parameters + privateKey.export({type: 'pkcs8', format: 'pem'})).equals(privateKey));
	t.true(readPrivateKey(parameters + privateKey.export({type: 'sec1', format: 'pem'})).equals(privateKey));
});

test('a key behind a passphrase, and no key at all, are told apart and never quoted', (t) => {
	const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
	const lock = {cipher: 'aes-256-cbc', passphrase: 'x', format: 'pem'} as const;
	t.throws(() => readPrivateKey(privateKey.export({type: 'pkcs8', ...lock}).toString()), {
		message: 'the private key is locked with a passphrase',
	});
	t.throws(() => readPrivateKey(privateKey.export({type: 'pkcs1', ...lock}).toString()), {
		message: 'the private key is locked with a passphrase',
	});
	t.throws(() => readPrivateKey('canary'), {message: 'there is no private key in PEM form'});
	const spoilt = '-----BEGIN RSA PRIVATE KEY-----\nY2FuYXJ5\n-----END RSA PRIVATE KEY-----\n';
	t.throws(() => readPrivateKey(spoilt), {message: 'the private key cannot be parsed'});
});

test('a public key is taken from a public key file only', (t) => {
	const {privateKey, publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
	const old = publicKey.export({type: 'pkcs1', format: 'pem'}).toString();
	t.true(spki(publicKeyOf(old)).equals(spki(createPublicKey(privateKey))));
	t.throws(() => publicKeyOf(privateKey.export({type: 'pkcs8', format: 'pem'}).toString()), {
		message: 'there is no public key in PEM form',
	});
});
