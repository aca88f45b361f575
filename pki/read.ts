/** Reads the public half of certificates: dates and signatures with node:crypto, what it does not show from the ASN.1. */
import {X509Certificate} from 'node:crypto';
import * as der from './der.ts';
import {extendedKeyUsageOids, type KeyUsage, keyUsageBits} from './profiles.ts';

export type Certificate = {
	readonly x509: X509Certificate;
	/** The subject's own bytes, for the issuer field of what it signs. */
	readonly subject: der.Node;
	readonly commonName: string;
	readonly organizations: readonly string[];
	readonly notBefore: Date;
	readonly notAfter: Date;
	readonly authority: boolean;
	/** Absent: the certificate does not limit its use. */
	readonly keyUsage?: readonly KeyUsage[];
	/** Names of known uses, dotted OIDs of others; absent: not limited. */
	readonly extendedKeyUsage?: readonly string[];
	readonly subjectKeyId?: Buffer;
	readonly dns: readonly string[];
	/** Addresses as hex of their 4 or 16 bytes. */
	readonly ips: readonly string[];
};

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM file in their order, text between them dropped. */
export const certificatesIn = (pem: string): readonly string[] => pem.match(block) ?? [];

/** The first certificate of a PEM file: of a chain it is the certificate itself. Throws an Error when there is none. */
export function firstCertificate(pem: string): string {
	const [first] = certificatesIn(pem);
	if (first === undefined) throw new Error('there is no certificate in PEM form');
	return `${first}\n`;
}

/** Throws an Error when the PEM cannot be parsed. */
export function readCertificate(pem: string): Certificate {
	const x509 = new X509Certificate(pem);
	const [body] = der.partsOf(der.decode(x509.raw));
	const parts = der.partsOf(body);
	// Version is [0], optional; then serial, algorithm, issuer, validity, subject, key.
	const subject = parts[parts[0]?.tagClass === 0x80 ? 5 : 4] as der.Node;
	const found = extensionsOf(parts);
	const names = der.partsOf(found.get('2.5.29.17'));
	const keyUsage = found.get('2.5.29.15');
	const extended = found.get('2.5.29.37');
	const keyId = found.get('2.5.29.14');
	return {
		x509,
		subject,
		commonName: der.valuesOf(subject, '2.5.4.3').at(-1) ?? '',
		organizations: der.valuesOf(subject, '2.5.4.10'),
		notBefore: x509.validFromDate,
		notAfter: x509.validToDate,
		// Not x509.ca, which looks at the key usage too: these are two faults with two remedies.
		authority: der.bytesOf(der.partsOf(found.get('2.5.29.19'))[0])[0] === 0xff,
		...(keyUsage && {keyUsage: usesOf(keyUsage)}),
		...(extended && {extendedKeyUsage: der.partsOf(extended).map((node) => useNamed(der.dotted(node)))}),
		...(keyId && {subjectKeyId: der.bytesOf(keyId)}),
		dns: names.filter(({type}) => (type as number) === 2).map((node) => der.bytesOf(node).toString()),
		ips: names.filter(({type}) => (type as number) === 7).map((node) => der.bytesOf(node).toString('hex')),
	};
}

function extensionsOf(parts: readonly der.Node[]): Map<string, der.Node> {
	const last = parts.at(-1);
	const found = new Map<string, der.Node>();
	if (last?.tagClass !== 0x80 || (last.type as number) !== 3) return found;
	for (const extension of der.partsOf(der.partsOf(last)[0])) {
		const [oid, ...rest] = der.partsOf(extension);
		if (oid) found.set(der.dotted(oid), der.decode(der.bytesOf(rest.at(-1))));
	}
	return found;
}

function usesOf(node: der.Node): KeyUsage[] {
	const flags = der.bytesOf(node)[1] ?? 0;
	return (Object.keys(keyUsageBits) as KeyUsage[]).filter((name) => flags & (0x80 >> keyUsageBits[name]));
}

function useNamed(dotted: string): string {
	return Object.entries(extendedKeyUsageOids).find(([, oid]) => oid === dotted)?.[0] ?? dotted;
}

/** Whether two PEM files begin with the same certificate, however they are wrapped. */
export function sameCertificate(a: string, b: string): boolean {
	return readCertificate(firstCertificate(a)).x509.raw.equals(readCertificate(firstCertificate(b)).x509.raw);
}
