/** Addresses and subnets as numbers: pure arithmetic, both families. */
import {isIP} from 'node:net';

export type Family = 'v4' | 'v6';
type Address = {readonly family: Family; readonly value: bigint};
export type Subnet = {readonly family: Family; readonly first: bigint; readonly prefix: number; readonly bits: number};

/** An IP as a number; undefined for anything else, and for zone ids, leading zeros and IPv4 in IPv6 dress, which readers disagree on. */
export function parseAddress(text: string): Address | undefined {
	const kind = text.includes('%') ? 0 : isIP(text);
	if (kind === 4) return {family: 'v4', value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)};
	if (kind !== 6 || text.includes('.')) return undefined;
	const [left = '', right] = text.split('::');
	const head = left === '' ? [] : left.split(':');
	const tail = right === undefined || right === '' ? [] : right.split(':');
	const middle = Array.from({length: 8 - head.length - tail.length}, () => '0');
	const value = [...head, ...middle, ...tail].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
	return value >> 32n === 0xffffn ? undefined : {family: 'v6', value};
}

/** A subnet in CIDR form; undefined when it is none, or when bits are set beyond its prefix. */
export function parseSubnet(text: string): Subnet | undefined {
	const [, host = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
	const address = parseAddress(host);
	const bits = address?.family === 'v4' ? 32 : 128;
	const prefix = Number(length);
	if (address === undefined || prefix > bits) return undefined;
	if (address.value % (1n << BigInt(bits - prefix)) !== 0n) return undefined;
	return {family: address.family, first: address.value, prefix, bits};
}

/** The text of an address in its one canonical form (RFC 5952 for IPv6). */
export function showAddress({family, value}: Address): string {
	if (family === 'v4') return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
	const parts = Array.from({length: 8}, (_, index) => ((value >> BigInt(16 * (7 - index))) & 0xffffn).toString(16));
	const longest = [...parts.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].reduce(
		(best, [run]) => (run.length > best.length ? run : best),
		'',
	);
	if (longest === '') return parts.join(':');
	const text = parts.join(':');
	const at = text.search(new RegExp(`${longest.startsWith(':') ? '' : '^'}${longest}(?=:|$)`));
	return `${text.slice(0, at)}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}

function subnet(text: string): Subnet {
	const parsed = parseSubnet(text);
	if (parsed === undefined) throw new RangeError(`${text} is no subnet`);
	return parsed;
}

/** Family of an address or a subnet. Throws RangeError for anything else. */
export function family(text: string): Family {
	const found = parseAddress(text.split('/')[0]!)?.family;
	if (found === undefined) throw new RangeError(`${text} is neither an address nor a subnet`);
	return found;
}

/** How many addresses a subnet has. */
export function size(cidr: string): bigint {
	const {bits, prefix} = subnet(cidr);
	return 1n << BigInt(bits - prefix);
}

/** The n-th address of a subnet; 0 is its first (10.96.0.0/12, 10 → 10.96.0.10). Throws RangeError beyond its end. */
export function nthAddress(cidr: string, n: number): string {
	const {family, first} = subnet(cidr);
	if (BigInt(n) >= size(cidr)) throw new RangeError(`${cidr} has no address number ${n}`);
	return showAddress({family, value: first + BigInt(n)});
}

export function contains(cidr: string, address: string): boolean {
	const {family, first} = subnet(cidr);
	const found = parseAddress(address);
	return found?.family === family && found.value >= first && found.value < first + size(cidr);
}

export function overlaps(a: string, b: string): boolean {
	const [one, two] = [subnet(a), subnet(b)];
	if (one.family !== two.family) return false;
	return one.first < two.first + size(b) && two.first < one.first + size(a);
}

/** `10.244.0.0/16,fd00::/56` → one string for each; nothing for an absent value. */
export function splitSubnets(text: string | undefined): string[] {
	return text === undefined || text === '' ? [] : text.split(',').map((part) => part.trim());
}

/** `host:port`, an IPv6 host in brackets. */
export function hostPort(host: string, port: number): string {
	return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Takes `host`, `host:port`, `[v6]:port`, a bare v6 or `[v6]` apart; undefined when it is none of these, or the port is no port. */
export function splitHostPort(text: string): {readonly host: string; readonly port?: number} | undefined {
	if (parseAddress(text)?.family === 'v6') return {host: text};
	const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
	const host = v6 ?? name;
	if (host === undefined || (v6 !== undefined && parseAddress(v6)?.family !== 'v6')) return undefined;
	if (digits === undefined) return {host};
	return Number(digits) > 65535 ? undefined : {host, port: Number(digits)};
}
