/**
 * The public key of a repository, read as far as trust needs it: how many keys there are, and the fingerprint of the first (RFC 9580, RFC 4880).
 * Signatures are not checked here: apt does that with this very key.
 */
import {createHash} from 'node:crypto';

export type PublicKey = {
	/** Hex digits in capitals: 40 of a key of version 4, 64 of version 6. */
	readonly fingerprint: string;
	/** Milliseconds since 1970 when the key says that it ends; absent: it does not. Of its newest self-signature. */
	readonly expires?: number;
};

type Packet = {readonly tag: number; readonly body: Buffer};

/** What a public key consists of (§10.1): signatures, keys, names, subkeys, pictures. A reader may find more keys in anything else. */
const parts: ReadonlySet<number> = new Set([2, 6, 13, 14, 17]);

/** The one primary key of an armored block. Throws an Error with a sentence: no key, several, damaged, too old a form. */
export function readPublicKey(armored: string): PublicKey {
	const packets = packetsOf(dearmor(armored));
	const [first, ...others] = packets.filter(({tag}) => tag === 6);
	if (first === undefined || packets[0] !== first) throw new Error('it holds no public key');
	if (packets.some(({tag}) => !parts.has(tag))) throw new Error('it holds something that is no part of a public key');
	if (others.length > 0) throw new Error(`it holds ${others.length + 1} keys, where there must be one`);
	const fingerprint = fingerprintOf(first.body);
	const subkey = packets.findIndex(({tag}) => tag === 14);
	const own = packets.slice(0, subkey === -1 ? undefined : subkey).filter(({tag}) => tag === 2);
	const seconds = expiryOf(own, fingerprint);
	return {fingerprint, ...(seconds === undefined ? {} : {expires: (first.body.readUInt32BE(1) + seconds) * 1000})};
}

/** The bytes of an ASCII-armored public key block. */
export function dearmor(text: string): Buffer {
	const [, body, ...more] = text.split(/^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?$/m);
	if (body === undefined) throw new Error('it is no armored public key (BEGIN PGP PUBLIC KEY BLOCK)');
	if (more.length > 0) throw new Error('it holds several blocks of keys, where there must be one');
	const [inner, end] = body.split(/^-----END PGP PUBLIC KEY BLOCK-----/m);
	if (inner === undefined || end === undefined) throw new Error('it is cut off: its last line is not there');
	// Headers end with an empty line; a sum of 24 bits may follow, which the fingerprint makes needless.
	const lines = inner.split('\n').map((line) => line.trim());
	const from = lines.findIndex((line, at) => at > 0 && line === '');
	const base64 = lines.slice(from === -1 ? 0 : from).filter((line) => line !== '' && !line.startsWith('='));
	if (base64.some((line) => !/^[A-Za-z0-9+/]+={0,2}$/.test(line))) throw new Error('it is damaged: not base64');
	return Buffer.from(base64.join(''), 'base64');
}

/** The same bytes in the plainest armor: what no reader takes for more or other keys. */
export function armor(bytes: Buffer): string {
	const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
	return ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '', ...lines, '-----END PGP PUBLIC KEY BLOCK-----', ''].join('\n');
}

function packetsOf(bytes: Buffer): Packet[] {
	const packets: Packet[] = [];
	let at = 0;
	while (at < bytes.length) {
		const header = bytes[at]!;
		if ((header & 0x80) === 0) throw new Error('it is damaged: no packet where one must begin');
		const isNew = (header & 0x40) !== 0;
		const {size, length} = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, header & 3);
		const start = at + 1 + length;
		if (start + size > bytes.length) throw new Error('it is damaged: a packet is cut off');
		packets.push({tag: isNew ? header & 0x3f : (header >> 2) & 0x0f, body: bytes.subarray(start, start + size)});
		at = start + size;
	}
	return packets;
}

type Length = {readonly size: number; readonly length: number};

function newLength(bytes: Buffer, at: number): Length {
	const first = bytes[at] ?? 0;
	if (first < 192) return {size: first, length: 1};
	if (first < 224) return {size: ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192, length: 2};
	if (first !== 255) throw new Error('it is damaged: a key in parts');
	return {size: at + 5 <= bytes.length ? bytes.readUInt32BE(at + 1) : Number.MAX_SAFE_INTEGER, length: 5};
}

function oldLength(bytes: Buffer, at: number, type: number): Length {
	if (type === 3) throw new Error('it is damaged: a packet without a length');
	const length = 1 << type;
	return {size: at + length <= bytes.length ? bytes.readUIntBE(at, length) : Number.MAX_SAFE_INTEGER, length};
}

/** §5.5.4: SHA-1 over 0x99, two bytes of length and the packet; version 6 has SHA-256, 0x9b and four bytes. */
function fingerprintOf(body: Buffer): string {
	const version = body[0];
	if (version !== 4 && version !== 6) throw new Error(`it is a key of version ${version ?? 'none'}; 4 or 6 is wanted`);
	const head = Buffer.alloc(version === 4 ? 3 : 5, version === 4 ? 0x99 : 0x9b);
	if (version === 4) head.writeUInt16BE(body.length, 1);
	else head.writeUInt32BE(body.length, 1);
	const hash = createHash(version === 4 ? 'sha1' : 'sha256');
	return hash.update(head).update(body).digest('hex').toUpperCase();
}

/** Seconds after its birth, as the newest signature of the key about itself has it (subpackets 2 and 9); undefined: no end. */
function expiryOf(signatures: readonly Packet[], fingerprint: string): number | undefined {
	let newest = -1;
	let seconds: number | undefined;
	for (const {body} of signatures) {
		const kind = body[1] ?? 0;
		// About its names, which is where the end of a key is said; one about the key alone may only name who may revoke it.
		if (body[0] !== 4 || kind < 0x10 || kind > 0x13) continue;
		const known = subpackets(body);
		const issuer = known.get(33)?.subarray(1).toString('hex').toUpperCase() ?? known.get(16)?.toString('hex').toUpperCase() ?? '';
		const made = known.get(2)?.readUInt32BE(0) ?? 0;
		if (!fingerprint.endsWith(issuer) || made < newest) continue;
		newest = made;
		const end = known.get(9)?.readUInt32BE(0) ?? 0;
		seconds = end === 0 ? undefined : end;
	}
	return seconds;
}

/** Of a signature of version 4, those that are signed and, for the issuer, those that are not. */
function subpackets(body: Buffer): Map<number, Buffer> {
	const found = new Map<number, Buffer>();
	const hashed = body.readUInt16BE(4);
	const areas = [body.subarray(6, 6 + hashed), body.subarray(8 + hashed, 8 + hashed + body.readUInt16BE(6 + hashed))];
	for (const [which, area] of areas.entries()) {
		for (let at = 0; at < area.length; ) {
			const first = area[at]!;
			const {size, length} =
				first === 255 || first < 192 ? newLength(area, at) : {size: ((first - 192) << 8) + (area[at + 1] ?? 0) + 192, length: 2};
			const type = (area[at + length] ?? 0) & 0x7f;
			const isTaken = which === 0 || type === 16;
			if (isTaken && size > 0 && !found.has(type)) found.set(type, area.subarray(at + length + 1, at + length + size));
			at += length + Math.max(size, 1);
		}
	}
	return found;
}
