/** Which address of a node the kubelet and flannel take when nobody tells them. */
import {family} from '../cluster/network.ts';
import type {Arg, Site} from '../model.ts';

/** Whether a node's internal address is the one of its default route, which the kubelet and flannel find by themselves. */
export function isOnDefaultRoute({address, facts}: Site): boolean {
	return facts.defaultAddress[family(address)] === address;
}

/** The network device that has the node's internal address. */
export function deviceOf({address, facts}: Site): string | undefined {
	return facts.addresses.find((entry) => entry.address === address)?.device;
}

/** Whether the node knows a way to addresses that it has no route for, of the family of its own. */
export function hasDefaultRoute({address, facts}: Site): boolean {
	return facts.defaultAddress[family(address)] !== undefined;
}

/** `--node-ip` where the kubelet would not find the internal address; on a dual-stack node with the other family's address behind it. */
export function nodeIp(site: Site, dualStack: boolean): Arg | undefined {
	if (isOnDefaultRoute(site)) return undefined;
	const other = site.facts.defaultAddress[family(site.address) === 'v4' ? 'v6' : 'v4'];
	return {name: 'node-ip', value: dualStack && other ? `${site.address},${other}` : site.address};
}
