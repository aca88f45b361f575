/** The names that a serving certificate carries. Rules and order: kubeadm-contract.md §4.3. */
import {isIP, isIPv4} from 'node:net';

export type Names = {readonly dns: readonly string[]; readonly ips: readonly string[]};

/** What certificates of a node need to know about it and its cluster. Plain values: this room knows no config format. */
export type Holder = {
	readonly nodeName: string;
	/** The address that the node's API server and etcd advertise; empty for a worker. */
	readonly advertiseAddress: string;
	/** First address of the first service subnet. */
	readonly serviceAddress: string;
	readonly dnsDomain: string;
	/** Host part of controlPlaneEndpoint; absent when none was asked for. */
	readonly endpointHost?: string;
	readonly apiServerNames: readonly string[];
	readonly etcdServerNames: readonly string[];
	readonly etcdPeerNames: readonly string[];
	/** `v1.37.1`. */
	readonly kubernetesVersion: string;
};

export function apiServerNames(holder: Holder): Names {
	const {nodeName, advertiseAddress, serviceAddress, dnsDomain, endpointHost} = holder;
	return sorted([
		nodeName,
		'kubernetes',
		'kubernetes.default',
		'kubernetes.default.svc',
		dnsDomain === '' ? '' : `kubernetes.default.svc.${dnsDomain}`,
		serviceAddress,
		advertiseAddress,
		endpointHost ?? '',
		...holder.apiServerNames,
	]);
}

export const etcdServerNames = (holder: Holder): Names => etcdNames(holder, holder.etcdServerNames);
export const etcdPeerNames = (holder: Holder): Names => etcdNames(holder, holder.etcdPeerNames);

function etcdNames({nodeName, advertiseAddress}: Holder, more: readonly string[]): Names {
	return sorted([nodeName, 'localhost', advertiseAddress, '127.0.0.1', '::1', ...more]);
}

/** DNS names once each, in byte order; addresses once each, in the order given (two spellings of one address are one). */
function sorted(names: readonly string[]): Names {
	const given = names.filter((name) => name !== '');
	const dns = [...new Set(given.filter((name) => isIP(name) === 0))].sort((a, b) =>
		Buffer.compare(Buffer.from(a), Buffer.from(b)),
	);
	const ips = new Map<string, string>();
	for (const name of given) {
		if (isIP(name) === 0) continue;
		const bytes = addressBytes(name).toString('hex');
		if (!ips.has(bytes)) ips.set(bytes, name);
	}
	return {dns, ips: [...ips.values()]};
}

/** The 4 or 16 bytes of an address. An IPv4 address mapped into IPv6 is the IPv4 address, as in Go. Throws for anything else. */
export function addressBytes(address: string): Buffer {
	if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
	if (isIP(address) === 0) throw new Error(`${address} is not an IP address`);
	const plain = address.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_whole, ...quads) => {
		const [a, b, c, d] = quads.slice(0, 4).map(Number) as [number, number, number, number];
		return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
	});
	const [head = '', tail] = plain.split('::');
	const left = head === '' ? [] : head.split(':');
	const right = tail === undefined || tail === '' ? [] : tail.split(':');
	const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
	const bytes = Buffer.alloc(16);
	groups.forEach((group, index) => {
		bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
	});
	const mapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'));
	return mapped ? bytes.subarray(12) : bytes;
}
