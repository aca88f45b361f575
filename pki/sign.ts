/** Makes certificates byte for byte in the form of Go's x509.CreateCertificate as kubeadm calls it (kubeadm-contract.md §4.4). */
import {createHash, type KeyObject, randomInt, sign as signBytes} from 'node:crypto';
import {signatureOf} from './algorithms.ts';
import * as der from './der.ts';
import {spki} from './keys.ts';
import {addressBytes, type Names} from './names.ts';
import {extendedKeyUsageOids, keyUsageBits, type Profile} from './profiles.ts';
import {firstCertificate, readCertificate} from './read.ts';

/** What a certificate shall say. Times are cut to whole seconds. */
export type Wanted = {
	readonly commonName: string;
	readonly organizations: readonly string[];
	readonly names: Names;
	readonly profile: Profile;
	readonly notBefore: Date;
	readonly notAfter: Date;
};

/** The authority that signs: its certificate file and its key. Of a chain, the first certificate is the authority. */
export type Signer = {readonly certificate: string; readonly key: KeyObject};

/** Signs a certificate for `key` (private or public). Without a signer it signs itself, for which `key` must be private. Gives PEM. */
export function issue(wanted: Wanted, key: KeyObject, signer?: Signer): string {
	const authority = signer && readCertificate(firstCertificate(signer.certificate));
	const subject = subjectOf(wanted);
	const publicKey = spki(key);
	const signature = signatureOf(signer?.key ?? key);
	const algorithm = der.sequence(der.oid(signature.oid), ...(signature.parameters === 'null' ? [der.nothing()] : []));
	const issuer = authority?.subject ?? subject;
	// As in Go: whoever has its issuer's name names no issuer's key.
	const issuerId = der.encode(issuer).equals(der.encode(subject)) ? undefined : authority?.subjectKeyId;
	const body = der.sequence(
		der.explicit(0, der.integer(Buffer.of(2))),
		der.integer(serial()),
		algorithm,
		// The authority's own bytes: encoding its name again would break names with other string types.
		issuer,
		der.sequence(der.time(wanted.notBefore), der.time(wanted.notAfter)),
		subject,
		der.decode(publicKey),
		der.explicit(3, der.sequence(...extensions(wanted, keyId(publicKey), issuerId))),
	);
	const seal = signBytes(signature.digest, der.encode(body), signer?.key ?? key);
	return toPem(der.encode(der.sequence(body, algorithm, der.bits(seal))));
}

function subjectOf({commonName, organizations}: Wanted): der.Node {
	const attribute = (oid: string, value: string) => der.sequence(der.oid(oid), der.text(value));
	const groups = organizations.map((name) => attribute('2.5.4.10', name));
	// Go puts all organizations into one set, and the common name after it.
	return der.sequence(...(groups.length > 0 ? [der.set(...groups)] : []), der.set(attribute('2.5.4.3', commonName)));
}

function extensions({profile, names}: Wanted, ownId: Buffer, authorityId: Buffer | undefined): der.Node[] {
	const list: der.Node[] = [];
	const add = (oid: string, value: der.Node, critical = false) =>
		list.push(der.sequence(der.oid(oid), ...(critical ? [der.truth()] : []), der.octets(der.encode(value))));
	add('2.5.29.15', keyUsage(profile), true);
	if (profile.extendedKeyUsage.length > 0) {
		add('2.5.29.37', der.sequence(...profile.extendedKeyUsage.map((name) => der.oid(extendedKeyUsageOids[name]))));
	}
	add('2.5.29.19', profile.authority ? der.sequence(der.truth()) : der.sequence(), true);
	if (profile.authority) add('2.5.29.14', der.octets(ownId));
	if (authorityId) add('2.5.29.35', der.sequence(der.implicit(0, authorityId)));
	if (names.dns.length + names.ips.length > 0) {
		const dns = names.dns.map((name) => der.implicit(2, Buffer.from(name)));
		add('2.5.29.17', der.sequence(...dns, ...names.ips.map((address) => der.implicit(7, addressBytes(address)))));
	}
	return list;
}

function keyUsage({keyUsage}: Profile): der.Node {
	const numbers = keyUsage.map((name) => keyUsageBits[name]);
	const byte = numbers.reduce((sum, bit) => sum | (0x80 >> bit), 0);
	return der.bits(Buffer.of(byte), 7 - Math.max(...numbers));
}

/** First 20 bytes of the SHA-256 of the key's bits (RFC 7093 §2 method 1): what Go does since 1.25. */
function keyId(publicKey: Buffer): Buffer {
	const bits = der.bytesOf(der.partsOf(der.decode(publicKey))[1]).subarray(1);
	return createHash('sha256').update(bits).digest().subarray(0, 20);
}

/** Uniform in 1 … 2^63-2, big-endian without leading zeros, as DER wants it. */
function serial(): Buffer {
	const half = () => BigInt(randomInt(2 ** 31)) * 2n + BigInt(randomInt(2));
	for (;;) {
		const number = ((half() << 32n) | half()) & (2n ** 63n - 1n);
		if (number === 0n || number === 2n ** 63n - 1n) continue;
		const hex = number.toString(16);
		return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
	}
}

function toPem(bytes: Buffer): string {
	const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
	return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
