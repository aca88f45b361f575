/** What stands between components: firewalls and proxies. */
import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {nthAddress, splitSubnets} from '../cluster/network.ts';
import {firewallRules} from '../contract/firewall-needs.ts';
import type {Cluster} from '../model.ts';
import {closedFirewalls, type Firewall, firewalls, firewallsOf} from './firewalls.ts';
import {proxies} from './probes.ts';
import {isProxied, readProxies} from './proxy.ts';
import {type Check, linesOf, said} from './row.ts';

export const networkChecks: readonly Check[] = [
	closed('Firewalld', 'kubeadm', 'firewalld'),
	closed('Ufw', 'kubestrap', 'ufw'),
	closed('PacketFilter', 'kubestrap', 'chains'),
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
					remedy: `let it go without the proxy: NO_PROXY=$NO_PROXY,${name} in the node's environment (grep -rn NO_PROXY /etc/environment /etc/profile.d)`,
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
					remedy: `let it go without the proxy: NO_PROXY=$NO_PROXY,${cidr} in the node's environment (grep -rn NO_PROXY /etc/environment /etc/profile.d)`,
				}));
		},
	},
];

/** With `os.firewall: open` the phase `firewall` lets through what is needed. */
function closed(name: string, from: Check['from'], tool: Firewall): Check {
	return {
		name,
		from,
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [closedFirewalls],
		judge: (one) =>
			one.cluster.os.firewall === 'open' || !firewallsOf(one.site).includes(tool)
				? []
				: [
						{
							evidence: `${firewalls[tool]} is on, and the config says \`os: {firewall: leave}\``,
							remedy: `let through: ${firewallRules(one).join('; ')}; or set \`firewall: open\``,
						},
					],
	};
}

export const subnets = ({networking}: Cluster['configuration']) => [
	...splitSubnets(networking.serviceSubnet),
	...splitSubnets(networking.podSubnet),
];
export const withoutPassword = (url: string) => url.replace(/\/\/[^@/]*@/, '//…@');
