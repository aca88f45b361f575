/** ASN.1 in the few shapes that certificates are made of. The only importer of node-forge. */
import type {asn1 as forge} from 'node-forge';
import asn1 from 'node-forge/lib/asn1.js';

export type Node = forge.Asn1;

const universal = 0x00;
const context = 0x80;
const tags = {
	boolean: 1,
	integer: 2,
	bits: 3,
	octets: 4,
	null: 5,
	oid: 6,
	utf8: 12,
	sequence: 16,
	set: 17,
	printable: 19,
	utc: 23,
	generalized: 24,
};

export const sequence = (...parts: Node[]): Node => asn1.create(universal, tags.sequence, true, parts);
export const set = (...parts: Node[]): Node => asn1.create(universal, tags.set, true, parts);
export const oid = (dotted: string): Node => asn1.create(universal, tags.oid, false, asn1.oidToDer(dotted).getBytes());
export const truth = (): Node => asn1.create(universal, tags.boolean, false, '\xff');
export const nothing = (): Node => asn1.create(universal, tags.null, false, '');
/** `magnitude` is big-endian, without a sign; a leading zero is added when its top bit would read as one. */
export const integer = (magnitude: Buffer): Node =>
	asn1.create(
		universal,
		tags.integer,
		false,
		latin((magnitude[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude),
	);
export const octets = (content: Buffer): Node => asn1.create(universal, tags.octets, false, latin(content));
export const bits = (content: Buffer, unused = 0): Node =>
	asn1.create(universal, tags.bits, false, String.fromCharCode(unused) + latin(content));
export const explicit = (tag: number, ...parts: Node[]): Node => asn1.create(context, tag, true, parts);
export const implicit = (tag: number, content: Buffer): Node => asn1.create(context, tag, false, latin(content));

/** A string as Go's encoder writes it: PrintableString if every character may be in one, else UTF8String. */
export function text(value: string): Node {
	const tag = /^[A-Za-z0-9 '()+,./:=?-]*$/.test(value) ? tags.printable : tags.utf8;
	return asn1.create(universal, tag, false, latin(Buffer.from(value, 'utf8')));
}

/** A time in whole seconds: UTCTime up to 2049, GeneralizedTime after it (RFC 5280 §4.1.2.5). */
export function time(at: Date): Node {
	const digits = `${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
	const short = at.getUTCFullYear() >= 1950 && at.getUTCFullYear() < 2050;
	return asn1.create(universal, short ? tags.utc : tags.generalized, false, short ? digits.slice(2) : digits);
}

export const encode = (node: Node): Buffer => Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
/** Throws when the bytes are no ASN.1. */
export const decode = (bytes: Buffer): Node => plainly(latin(bytes), {decodeBitStrings: false});
export const dotted = (node: Node): string => asn1.derToOid(node.value as string);
export const partsOf = (node: Node | undefined): Node[] => (Array.isArray(node?.value) ? node.value : []);
/** The bytes of a primitive node. */
export const bytesOf = (node: Node | undefined): Buffer =>
	Buffer.from(typeof node?.value === 'string' ? node.value : '', 'latin1');

/** The values of an attribute in a distinguished name, in their order. */
export function valuesOf(name: Node, attribute: string): string[] {
	const pairs = partsOf(name).flatMap((group) => partsOf(group).map(partsOf));
	return pairs.flatMap(([key, value]) => (key && dotted(key) === attribute ? [decodeText(value)] : []));
}

function decodeText(node: Node | undefined): string {
	const bytes = bytesOf(node);
	const bmp = 30;
	if ((node?.type as number | undefined) === bmp) return Buffer.from(bytes).swap16().toString('utf16le');
	return bytes.toString('utf8');
}

// forge looks into bit strings by itself when it can, which would hide a key's bits; its types do not know the option.
const plainly = asn1.fromDer as unknown as (bytes: string, options: {decodeBitStrings: boolean}) => Node;

const latin = (bytes: Buffer): string => bytes.toString('latin1');
