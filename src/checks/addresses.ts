/** Names and addresses of nodes. */
import {contains, parseAddress, splitSubnets} from '../cluster/network.ts';
import type {Site} from '../model.ts';
import {lookup} from './probes.ts';
import type {Check, Verdict} from './row.ts';

export const addressChecks: readonly Check[] = [
	{
		name: 'Hostname',
		from: 'kubeadm',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [lookup],
		judge: ({site}) => {
			const output = site.facts.probes[lookup.name];
			return output?.code === 0 && output.stdout.trim() !== ''
				? []
				: [
						{
							evidence: `the node cannot resolve its own name ${site.name}`,
							remedy: `echo "${site.address} ${site.name}" >>/etc/hosts on the node, or \`os: {hosts: block}\` in the config`,
						},
					];
		},
	},
	{
		// kubeadm only warns, but the API server refuses such a Node.
		name: 'NodeName',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({site: {name}}) =>
			name.length <= 253 && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/.test(name)
				? []
				: [
						{
							evidence: `${JSON.stringify(name)} cannot be the name of a Node`,
							remedy:
								'set `name` of the node in the config (a-z, 0-9, "-", "."; parts of 63 at most), or give the machine another name: hostnamectl set-hostname NAME',
						},
					],
	},
	{
		name: 'NodeAddress',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({site}) => nodeAddress(site),
	},
	{
		name: 'NetworkOverlap',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({cluster, site}) =>
			[cluster.configuration.networking.serviceSubnet, cluster.configuration.networking.podSubnet]
				.flatMap(splitSubnets)
				.filter((cidr) => parseAddress(site.address) !== undefined && contains(cidr, site.address))
				.map((cidr) => ({
					evidence: `its address ${site.address} lies in ${cidr}, a network of the cluster`,
					remedy: 'choose other podSubnet and serviceSubnet, apart from what is there: ip -br address; ip route',
				})),
	},
];

/** Components bind this address, so it must be the machine's own. */
function nodeAddress({address, facts}: Site): Verdict[] {
	const own = facts.addresses.map((one) => one.address);
	const listed = own.length === 0 ? 'it has no address at all' : `it has ${own.slice(0, 8).join(', ')}`;
	if (address === '')
		return [
			{
				evidence: `no address that other nodes could use was found: ${listed}`,
				remedy: 'set `internalAddress` of the node in the config; what the machine has: ip -br address',
			},
		];
	if (own.includes(address)) return [];
	return [
		{
			evidence: `${address} is none of its addresses: ${listed}`,
			remedy: 'set `internalAddress` of the node to an address of its own: ip -br address',
		},
	];
}
