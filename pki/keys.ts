/** Private keys: made in node's thread pool, read from PEM, and written in the PEM forms that kubeadm writes. */
import {createPrivateKey, createPublicKey, generateKeyPair, type KeyObject} from 'node:crypto';
import {promisify} from 'node:util';
import {type Algorithm, keyAlgorithms} from './algorithms.ts';

const generate = promisify(generateKeyPair) as unknown as (
	type: string,
	options: object,
) => Promise<{privateKey: KeyObject; publicKey: KeyObject}>;

// The pool has four threads; one stays free, so that file and DNS work of the caller never queues behind a row of RSA keys.
const lanes = 3;
const waiting: (() => void)[] = [];
let busy = 0;

/** Makes a private key without blocking the caller. At most three are in the making at once, in the order of asking. */
export async function makeKey(algorithm: Algorithm): Promise<KeyObject> {
	if (busy < lanes) busy++;
	else await new Promise<void>((resolve) => waiting.push(resolve));
	try {
		const row = keyAlgorithms[algorithm];
		const pair = await generate(row.type, row.type === 'rsa' ? {modulusLength: row.bits} : {namedCurve: row.curve});
		return pair.privateKey;
	} finally {
		// The lane goes straight to the next in line, so that nobody slips in between.
		const next = waiting.shift();
		if (next) next();
		else busy--;
	}
}

/** `RSA PRIVATE KEY` (PKCS#1) or `EC PRIVATE KEY` (SEC1), as kubeadm writes its key files. */
export function privatePem(key: KeyObject): Buffer {
	return Buffer.from(key.export({type: key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1', format: 'pem'}));
}

/** `PUBLIC KEY` (PKIX), as kubeadm writes sa.pub. Takes a private or a public key. */
export function publicPem(key: KeyObject): string {
	return publicOf(key).export({type: 'spki', format: 'pem'}).toString();
}

/** DER of the SubjectPublicKeyInfo. Takes a private or a public key. */
export function spki(key: KeyObject): Buffer {
	return publicOf(key).export({type: 'spki', format: 'der'});
}

const publicOf = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key);

/**
 * Reads a key as kubeadm does: the first PEM block that is a private key; others, such as `EC PARAMETERS`, are skipped.
 * Throws an Error that never quotes the text.
 */
export function readPrivateKey(pem: string): KeyObject {
	const block = /-----BEGIN (RSA |EC |)PRIVATE KEY-----[^-]+-----END \1PRIVATE KEY-----/.exec(pem)?.[0];
	if (block === undefined) {
		const sealed = /BEGIN ENCRYPTED PRIVATE KEY|ENCRYPTED$/m.test(pem);
		throw new Error(sealed ? 'the private key is locked with a passphrase' : 'there is no private key in PEM form');
	}
	if (/ENCRYPTED/.test(block)) throw new Error('the private key is locked with a passphrase');
	try {
		return createPrivateKey(block);
	} catch {
		throw new Error('the private key cannot be parsed');
	}
}

/** The public key of a PEM: of a certificate (the first of a chain) or a bare public key. Throws an Error when it has neither. */
export function publicKeyOf(pem: string): KeyObject {
	const block = /-----BEGIN (CERTIFICATE|(?:RSA )?PUBLIC KEY)-----[^-]+-----END \1-----/.exec(pem)?.[0];
	if (block === undefined) throw new Error('there is no public key in PEM form');
	return createPublicKey(block);
}
