/** What a certificate says, without what chance put in: so that two certificates of different keys can be compared. */
import type {X509Certificate} from 'node:crypto';
import * as der from '../../pki/der.ts';
import {readCertificate} from '../../pki/read.ts';

export type CertificateFacts = {
	readonly subject: string;
	readonly issuer: string;
	readonly key: string;
	readonly signature: string;
	/** Whole seconds from notBefore to notAfter. */
	readonly lasts: number;
	readonly keyUsage: readonly string[];
	readonly extendedKeyUsage: readonly string[];
	readonly authority: boolean;
	readonly dns: readonly string[];
	/** Hex of 4 or 16 bytes. */
	readonly ips: readonly string[];
	/** Dotted OIDs in their order, critical ones with a `!` behind. */
	readonly extensions: readonly string[];
};

export function factsOf(pem: string): CertificateFacts {
	const read = readCertificate(pem);
	const {x509} = read;
	return {
		subject: x509.subject,
		issuer: x509.issuer,
		key: keyOf(x509),
		signature: signatureOf(x509),
		lasts: (read.notAfter.getTime() - read.notBefore.getTime()) / 1000,
		keyUsage: [...(read.keyUsage ?? [])].sort(),
		extendedKeyUsage: read.extendedKeyUsage ?? [],
		authority: read.authority,
		dns: read.dns,
		ips: read.ips,
		extensions: extensionsOf(x509),
	};
}

function keyOf({publicKey}: X509Certificate): string {
	const {modulusLength, namedCurve} = publicKey.asymmetricKeyDetails ?? {};
	return `${publicKey.asymmetricKeyType} ${modulusLength ?? namedCurve}`;
}

function signatureOf(x509: X509Certificate): string {
	const [, algorithm] = der.partsOf(der.decode(x509.raw));
	return der.dotted(der.partsOf(algorithm)[0]!);
}

function extensionsOf(x509: X509Certificate): string[] {
	const [body] = der.partsOf(der.decode(x509.raw));
	const list = der.partsOf(der.partsOf(der.partsOf(body).at(-1))[0]);
	return list.map((extension) => {
		const parts = der.partsOf(extension);
		return `${der.dotted(parts[0]!)}${parts.length === 3 ? '!' : ''}`;
	});
}
