/** What stands between components: firewalls and proxies. */
import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {nthAddress, splitSubnets} from '../cluster/network.ts';
import type {Cluster, Site} from '../model.ts';
import {flags, proxies, services} from './probes.ts';
import {isProxied, readProxies} from './proxy.ts';
import {type Check, linesOf, said, type Verdict} from './row.ts';
import {isActive, readUnits} from './units.ts';

export const networkChecks: readonly Check[] = [
	{
		name: 'Firewalld',
		from: 'kubeadm',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [services],
		judge: ({cluster, site}) =>
			isActive(readUnits(said(site, services)).get('firewalld.service')?.active ?? '')
				? [firewall('firewalld', cluster, site)]
				: [],
	},
	{
		name: 'Ufw',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [flags],
		judge: ({cluster, site}) => (linesOf(said(site, flags)).includes('ufw') ? [firewall('ufw', cluster, site)] : []),
	},
	{
		name: 'HTTPProxy',
		from: 'kubeadm',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [proxies],
		judge: ({cluster, site, sites}) => {
			const settings = readProxies(linesOf(said(site, proxies)));
			const {host, port} = controlPlaneEndpoint(cluster, sites);
			const hosts = new Set([host, ...(site.role === 'control-plane' ? [site.address] : [])]);
			return [...hosts]
				.filter((name) => name !== '' && isProxied(settings, name, port))
				.map((name) => ({
					evidence: `connections to ${name} use the proxy ${withoutPassword(settings.https)}`,
					remedy: `add ${name} to NO_PROXY on the node`,
				}));
		},
	},
	{
		name: 'HTTPProxyCIDR',
		from: 'kubeadm',
		level: 'warning',
		on: 'control-plane',
		when: 'bare',
		probes: [proxies],
		judge: ({cluster: {configuration}, site}) => {
			const settings = readProxies(linesOf(said(site, proxies)));
			return subnets(configuration)
				.filter((cidr) => isProxied(settings, nthAddress(cidr, 1), 1234))
				.map((cidr) => ({
					evidence: `connections to ${cidr} use the proxy ${withoutPassword(settings.https)}`,
					remedy: `add ${cidr} to NO_PROXY on the node`,
				}));
		},
	},
];

function firewall(name: string, {bindPort, network}: Cluster, {role}: Site): Verdict {
	const tcp = role === 'control-plane' ? [bindPort, 2379, 2380, 10250] : [10250];
	const udp = network.cni === 'flannel' && network.flannel.backend === 'vxlan' ? ', UDP 8472' : '';
	return {evidence: `${name} is active`, remedy: `let the other nodes reach TCP ${tcp.join(', ')}${udp}, or turn it off`};
}

const subnets = ({networking}: Cluster['configuration']) => [
	...splitSubnets(networking.serviceSubnet),
	...splitSubnets(networking.podSubnet),
];
const withoutPassword = (url: string) => url.replace(/\/\/[^@/]*@/, '//…@');
