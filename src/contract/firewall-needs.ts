/** What nodes must reach of each other (kubeadm's page "Ports and Protocols", flannel's documentation), as rules that every firewall's script understands. */
import {family, splitSubnets} from '../cluster/network.ts';
import {nodeProxy} from '../cluster/node-proxy.ts';
import type {Living, Scope, Site} from '../model.ts';

export type Opening = {
	readonly protocol: 'tcp' | 'udp';
	/** Ports and ranges, as `2379:2380,10250`. */
	readonly ports: string;
	/** `all`: whoever can reach the machine; else the nodes that need it. `pods`: pods ask for it as well. */
	readonly from: 'all' | 'nodes' | 'control-planes';
	readonly pods?: true;
	readonly what: string;
};

type Needs = Pick<Scope, 'cluster' | 'site' | 'sites'> & {readonly living?: Living | undefined};

/** The ports of a node's role. Ports of NodePort Services stay as they are: whether they may be reached is not for us to say. */
export function openingsOf({cluster, site, sites}: Needs): Opening[] {
	const proxy = nodeProxy(cluster, site, sites);
	const isPlane = site.role === 'control-plane';
	const rows: readonly (readonly [boolean, Opening])[] = [
		[isPlane, {protocol: 'tcp', ports: String(cluster.bindPort), from: 'all', what: 'the API server'}],
		[
			isPlane && 'local' in cluster.configuration.etcd,
			{protocol: 'tcp', ports: '2379:2380', from: 'control-planes', what: 'etcd'},
		],
		[
			isPlane && proxy !== undefined,
			{protocol: 'tcp', ports: String(proxy?.port), from: 'nodes', what: "the node's proxy to the API"},
		],
		[true, {protocol: 'tcp', ports: '10250', from: 'nodes', pods: true, what: 'the kubelet'}],
		[
			cluster.network.cni === 'flannel' && cluster.network.flannel.backend === 'vxlan',
			{protocol: 'udp', ports: '8472', from: 'nodes', what: 'packets between pods (VXLAN)'},
		],
	];
	return rows.flatMap(([isNeeded, opening]) => (isNeeded ? [opening] : []));
}

/**
 * Words for the scripts, one rule each: `tcp 6443 any`, `tcp 10250 10.0.0.2,10.244.0.0/16` (sources of one family), `pods 10.244.0.0/16`: what pods send is
 * passed on, and the answers to them; what others send to pods (NodePorts) is let through or refused as before. A node's own address is no source: what it sends to itself comes over its loopback.
 */
export function firewallRules(needs: Needs): string[] {
	const {cluster, site, sites, living} = needs;
	const pods = splitSubnets(cluster.configuration.networking.podSubnet);
	const staying = sites.filter(({stage}) => stage !== 'leaving' && stage !== 'gone');
	const others = (fits: (role: Site['role']) => boolean) => [
		...staying.filter(({role}) => fits(role)).map(({address}) => address),
		...(living?.nodes ?? [])
			.filter(
				({name, controlPlane}) => !sites.some((one) => one.name === name) && fits(controlPlane ? 'control-plane' : 'worker'),
			)
			.flatMap(({addresses}) => addresses),
	];
	const rules = openingsOf(needs).flatMap(({protocol, ports, from, pods: alsoPods}) => {
		if (from === 'all') return [`${protocol} ${ports} any`];
		const nodes = others((role) => from === 'nodes' || role === 'control-plane').filter((address) => address !== site.address);
		const sources = [...new Set([...nodes, ...(alsoPods ? pods : [])])].filter((one) => one !== '').sort();
		return (['v4', 'v6'] as const).flatMap((wanted) => {
			const same = sources.filter((one) => family(one) === wanted);
			return same.length === 0 ? [] : [`${protocol} ${ports} ${same.join(',')}`];
		});
	});
	return [...rules, ...pods.map((cidr) => `pods ${cidr}`)];
}
