/** Reads a certificate signing request (RFC 2986): what it asks for, and whether who asks has the key. */
import {createPublicKey, type KeyObject, verify} from 'node:crypto';
import * as der from './der.ts';

export type Request = {
	readonly commonName: string;
	readonly organizations: readonly string[];
	/** SubjectPublicKeyInfo. */
	readonly key: KeyObject;
	/** It asks for extensions, names of servers for example. */
	readonly extended: boolean;
};

/** Digests of the signatures that are taken: ECDSA and RSA with SHA-256, -384, -512. */
const digests: Readonly<Record<string, string>> = {
	'1.2.840.10045.4.3.2': 'sha256',
	'1.2.840.10045.4.3.3': 'sha384',
	'1.2.840.10045.4.3.4': 'sha512',
	'1.2.840.113549.1.1.11': 'sha256',
	'1.2.840.113549.1.1.12': 'sha384',
	'1.2.840.113549.1.1.13': 'sha512',
};

/** Throws an Error when the PEM is no request, or was not signed with the key that it shows. */
export function readRequest(pem: string): Request {
	const [, body] = /-----BEGIN CERTIFICATE REQUEST-----([^-]+)-----END CERTIFICATE REQUEST-----/.exec(pem) ?? [];
	if (body === undefined) throw new Error('it is no certificate request in PEM form');
	const [info, algorithm, signature] = der.partsOf(der.decode(Buffer.from(body, 'base64')));
	const [, subject, key, attributes] = der.partsOf(info);
	const oid = der.partsOf(algorithm)[0];
	if (!info || !subject || !key || !oid || !signature) throw new Error('it is no certificate request');
	const publicKey = createPublicKey({key: der.encode(key), format: 'der', type: 'spki'});
	const digest = digests[der.dotted(oid)];
	// The first byte of a bit string counts its unused bits.
	if (digest === undefined || !verify(digest, der.encode(info), publicKey, der.bytesOf(signature).subarray(1)))
		throw new Error('it was not signed with its own key');
	return {
		commonName: der.valuesOf(subject, '2.5.4.3').at(-1) ?? '',
		organizations: der.valuesOf(subject, '2.5.4.10'),
		key: publicKey,
		extended: der.partsOf(attributes).length > 0,
	};
}
