/** Cards and routes: what clones share, which of several addresses counts, and networks that are somebody else's already. */
import {contains, overlaps, parseSubnet, splitSubnets} from '../cluster/network.ts';
import type {Site} from '../model.ts';
import {type Case, type Check, linesOf, type Probe, said, type Verdict} from './row.ts';

/** `2: eth0@if5: <…> mtu 1500 … link/ether 02:4b:53:00:01:00 brd …`, a line per device. */
const links: Probe = {name: 'links', sh: 'ip -o link show'};
/** The id that the firmware or the hypervisor gave the machine. */
const productUuid: Probe = {
	name: 'productUuid',
	sh: '[ ! -r /sys/class/dmi/id/product_uuid ] || head -c 100 /sys/class/dmi/id/product_uuid',
};
/** Routes of all tables but those to its own addresses. */
const routeTable: Probe = {
	name: 'routeTable',
	sh: '{ ip -4 -o route show table all type unicast; ip -6 -o route show table all type unicast; } 2>/dev/null | head -n 5000; :',
};
/** `DISABLED ALL DEFAULT` (`-`: the kernel has no IPv6), and `loopback` when ::1 is there. */
const families: Probe = {
	name: 'families',
	sh: `set -- - -
[ ! -r /proc/sys/net/ipv6/conf/all/disable_ipv6 ] || set -- $(cat /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/ipv6/conf/default/disable_ipv6)
printf 'all %s\\ndefault %s\\n' "\${1--}" "\${2--}"
[ ! -r /proc/net/if_inet6 ] || while read -r address rest; do [ "$address" != 00000000000000000000000000000001 ] || echo loopback; done </proc/net/if_inet6`,
};

/** Devices that programs make for containers and virtual machines: their addresses are nobody else's business. */
const made =
	/^(?:lo|veth|cni|flannel|docker|br-|virbr|vnet|tap|cali|lxc|lxd|podman|kube-|nodelocaldns|dummy|tunl|vxlan|weave|cilium)/;

export const linkChecks: readonly Check[] = [
	{
		name: 'DuplicateMAC',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [links],
		judge: ({site, sites}) => {
			const own = cardsOf(site);
			return sites.flatMap((other) => {
				const shared = other === site ? [] : cardsOf(other).filter(({mac}) => own.some((one) => one.mac === mac));
				return shared.map(({mac, device}) => ({
					evidence: `${device} of ${other.name} has the same MAC address as this machine's ${own.find((one) => one.mac === mac)!.device}: ${mac}`,
					remedy: `they are clones of one image: ip link set ${device} address 02:$(od -An -N5 -tx1 /dev/urandom | tr " " : | cut -c 2-), and give the machine another MAC where it is defined`,
				}));
			});
		},
	},
	{
		// Containers see their host's.
		name: 'DuplicateProductUUID',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [productUuid],
		judge: ({site, sites}) => {
			const uuidOf = (one: Site) => (one.facts.container === undefined ? said(one, productUuid).trim() : '');
			const twins = sites.filter((other) => other !== site && uuidOf(site) !== '' && uuidOf(other) === uuidOf(site));
			return twins.map(({name}) => ({
				evidence: `${name} has the same product_uuid: ${uuidOf(site)}`,
				remedy:
					'give the virtual machine a uuid of its own (virsh edit NAME, qemu -uuid "$(uuidgen)"): network plug-ins tell machines apart by it',
			}));
		},
	},
	{
		name: 'IPv6',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [families],
		judge: ({cluster: {configuration}, site}) => {
			const {serviceSubnet, podSubnet} = configuration.networking;
			const asked = [...splitSubnets(serviceSubnet), ...splitSubnets(podSubnet)].filter((cidr) => cidr.includes(':'));
			return asked.length === 0 ? [] : missingIpv6(linesOf(said(site, families)), asked);
		},
	},
	{
		name: 'SeveralNetworks',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [links],
		judge: severalNetworks,
	},
	{
		name: 'RouteOverlap',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		unowned: true,
		probes: [routeTable],
		judge: routeOverlaps,
	},
];

function cardsOf(site: Site): {device: string; mac: string}[] {
	return linesOf(said(site, links)).flatMap((line) => {
		const [, device = '', mac] = /^\d+:\s+([^\s:@]+).*link\/ether\s+([0-9a-f:]{17})/.exec(line) ?? [];
		return mac === undefined || made.test(device) ? [] : [{device, mac}];
	});
}

function missingIpv6(lines: readonly string[], asked: readonly string[]): Verdict[] {
	const off = ['all', 'default'].filter((part) => lines.includes(`${part} 1`));
	const what = `and the config has ${asked.join(' and ')}`;
	if (lines.some((line) => line.endsWith(' -')))
		return [
			{
				evidence: `the kernel has no IPv6, ${what}`,
				remedy: 'boot it without ipv6.disable=1: grep -rn ipv6.disable /etc/default/grub /proc/cmdline',
			},
		];
	if (off.length > 0) {
		const names = off.map((part) => `net.ipv6.conf.${part}.disable_ipv6`);
		return [
			{evidence: `${names.join(' and ')} is 1, ${what}`, remedy: `sysctl -w ${names.map((name) => `${name}=0`).join(' ')}`},
		];
	}
	return lines.includes('loopback') ? [] : [{evidence: `lo has no ::1, ${what}`, remedy: 'ip -6 addr add ::1/128 dev lo'}];
}

/** Which address counts was deduced, and there was a choice. */
function severalNetworks({site, sites}: Case): Verdict[] {
	const isV6 = site.address.includes(':');
	if (site.spec.internalAddress !== undefined || site.address === '') return [];
	const usable = site.facts.addresses.filter(({device, address}) => !made.test(device) && address.includes(':') === isV6);
	const chosen = usable.find(({address}) => address === site.address);
	const rest = usable.filter(({device}) => device !== chosen?.device);
	if (chosen === undefined || rest.length === 0) return [];
	const others = sites.filter((one) => one !== site && one.address !== '');
	const within = ({address, prefix}: {address: string; prefix: number}) =>
		others.filter((one) => contains(networkOf(address, prefix), one.address)).length;
	const better = rest.find((one) => within(one) > within(chosen));
	const shown = rest.map(({address, device}) => `${address} (${device})`).join(', ');
	return [
		{
			...(better && {level: 'error' as const}),
			evidence: `${chosen.address} (${chosen.device}) is the address that other nodes will use; it also has ${shown}${better ? `, and ${better.address} is in the network of the other nodes` : ''}`,
			remedy: `write it down: internalAddress: ${(better ?? chosen).address}`,
		},
	];
}

function networkOf(address: string, prefix: number): string {
	if (address.includes(':')) return `${address}/128`;
	const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
	const first = value - (value % 2 ** (32 - prefix));
	return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${prefix}`;
}

function routeOverlaps({cluster: {configuration}, site}: Case): Verdict[] {
	const {serviceSubnet, podSubnet} = configuration.networking;
	const named = [
		...splitSubnets(serviceSubnet).map((cidr) => ({cidr, what: 'serviceSubnet'})),
		...splitSubnets(podSubnet).map((cidr) => ({cidr, what: 'podSubnet'})),
	];
	return linesOf(said(site, routeTable)).flatMap((line): Verdict[] => {
		const [, to = '', device = ''] = /^([0-9a-f.:]+(?:\/\d+)?)\s.*\bdev\s+(\S+)/.exec(line) ?? [];
		const cidr = to.includes('/') ? to : `${to}/${to.includes(':') ? 128 : 32}`;
		if (parseSubnet(cidr) === undefined || site.facts.ownership?.owned.some(({name}) => name.includes('service-route')))
			return [];
		const hit = named.find((one) => parseSubnet(one.cidr) !== undefined && overlaps(one.cidr, cidr));
		return hit === undefined
			? []
			: [
					{
						evidence: `its route to ${to} (${device}) lies in ${hit.what} ${hit.cidr}: what is behind it would not be reached any more`,
						remedy: `choose another ${hit.what}, or take the route away: ip route del ${to} dev ${device}`,
					},
				];
	});
}
