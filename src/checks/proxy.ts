import {BlockList, isIP} from 'node:net';

export type Proxies = {readonly https: string; readonly no: string};

/** Proxy settings from NAME=VALUE lines; the first one counts, upper case before lower, as Go's standard library has it. */
export function readProxies(lines: readonly string[]): Proxies {
	const values = new Map<string, string>();
	for (const line of lines) {
		const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
		if (!values.has(name)) values.set(name, value.replace(/^(['"])(.*)\1$/, '$2'));
	}
	const first = (...names: string[]) =>
		names.map((name) => values.get(name)).find((value) => value !== undefined && value !== '') ?? '';
	return {https: first('HTTPS_PROXY', 'https_proxy'), no: first('NO_PROXY', 'no_proxy')};
}

/** Whether HTTPS to this host and port would go through the proxy: the rules of Go's httpproxy, which every component follows. */
export function isProxied({https, no}: Proxies, host: string, port: number): boolean {
	if (https === '' || host === 'localhost' || isLoopback(host)) return false;
	return !no.split(',').some((entry) => exempts(entry.trim().toLowerCase(), host.toLowerCase(), port));
}

function exempts(entry: string, host: string, port: number): boolean {
	if (entry === '') return false;
	if (entry === '*') return true;
	const [network = '', prefix] = entry.split('/');
	if (prefix !== undefined) return isIP(network) !== 0 && isIP(host) === isIP(network) && inSubnet(host, network, Number(prefix));
	const [, bracketed, name = '', wanted] = /^(?:\[([^\]]+)\]|(.*?))(?::(\d+))?$/.exec(entry) ?? [];
	const plain = isIP(entry) === 6 ? entry : (bracketed ?? name);
	if (isIP(entry) !== 6 && wanted !== undefined && Number(wanted) !== port) return false;
	if (isIP(plain) !== 0) return plain === host;
	const suffix = plain.replace(/^\*(?=\.)/, '');
	return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function inSubnet(address: string, network: string, prefix: number): boolean {
	if (!Number.isInteger(prefix) || prefix < 0 || prefix > (isIP(network) === 6 ? 128 : 32)) return false;
	const list = new BlockList();
	list.addSubnet(network, prefix, family(network));
	return list.check(address, family(address));
}

const isLoopback = (host: string) => (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
