/** Ports, firewalls, names, proxies, addresses. */
import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {contains, nthAddress, parseAddress, splitSubnets} from '../cluster/network.ts';
import type {Cluster, ComponentConfig, Site} from '../model.ts';
import {kubernetesVersion} from '../versions.ts';
import {flags, lookup, proxies, services, sockets} from './probes.ts';
import {isProxied, readProxies} from './proxy.ts';
import {type Check, linesOf, said, type Verdict} from './row.ts';
import {isActive, readUnits} from './units.ts';

type Port = {readonly port: number; readonly address?: string; readonly use: string};

export const networkChecks: readonly Check[] = [
	portCheck('kubeadm', 'error', 'control-plane', controlPlanePorts),
	portCheck('kubeadm', 'error', 'every', () => [{port: 10250, use: 'the kubelet'}]),
	portCheck('kubestrap', 'error', 'every', () => [{port: 10248, address: '127.0.0.1', use: "the kubelet's health check"}]),
	portCheck('kubestrap', 'warning', 'every', ({configuration}) =>
		configuration.proxy.disabled ? [] : [10249, 10256].map((port) => ({port, use: 'kube-proxy'})),
	),
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
							remedy: `add "${site.address} ${site.name}" to its /etc/hosts`,
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
							remedy: 'set `name` of the node in the config (a-z, 0-9, "-", "."; parts of 63 at most), or change its host name',
						},
					],
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
		judge: ({cluster: {configuration}, site}) =>
			subnets(configuration)
				.filter((cidr) => parseAddress(site.address) !== undefined && contains(cidr, site.address))
				.map((cidr) => ({
					evidence: `its address ${site.address} lies in ${cidr}, a network of the cluster`,
					remedy: 'choose other podSubnet and serviceSubnet',
				})),
	},
];

function portCheck(
	from: Check['from'],
	level: Check['level'],
	on: Check['on'],
	ports: (cluster: Cluster, site: Site) => readonly Port[],
): Check {
	return {
		name: 'Port-<port>',
		from,
		level,
		on,
		when: 'bare',
		unowned: true,
		probes: [sockets],
		judge: ({cluster, site}) => {
			const listeners = linesOf(said(site, sockets)).flatMap(readListener);
			return ports(cluster, site).flatMap(({port, address, use}): Verdict[] => {
				const taker = listeners.find(
					(one) =>
						one.port === port && (address === undefined || isWild(one.address) || isWild(address) || one.address === address),
				);
				const id = `Port-${port}`;
				return taker === undefined
					? []
					: [
							{
								id,
								evidence: `port ${port}, which ${use} needs, is in use${taker.process === undefined ? '' : ` by ${taker.process}`}`,
								remedy: 'stop what listens there',
							},
						];
			});
		},
	};
}

function controlPlanePorts({configuration, bindPort}: Cluster, site: Site): Port[] {
	const {apiServer, scheduler, controllerManager, etcd} = configuration;
	// 1.36 looks at all addresses whatever the arguments say.
	const byArgument = kubernetesVersion(configuration.kubernetesVersion).portChecksUseBindAddress;
	const at = (address: string | undefined) => (byArgument && address !== undefined ? {address} : {});
	const etcdAddress = at(argument(apiServer, 'advertise-address') ?? site.address);
	return [
		{port: bindPort, use: 'the API server', ...at(argument(apiServer, 'bind-address'))},
		{port: 10259, use: 'the scheduler', ...at(argument(scheduler, 'bind-address'))},
		{port: 10257, use: 'the controller manager', ...at(argument(controllerManager, 'bind-address'))},
		...('local' in etcd
			? [
					{port: 2379, use: 'etcd', ...etcdAddress},
					{port: 2380, use: 'etcd', ...etcdAddress},
				]
			: []),
	];
}

const argument = ({extraArgs = []}: ComponentConfig, name: string) => extraArgs.findLast((one) => one.name === name)?.value;
const isWild = (address: string) => ['*', '0.0.0.0', '::', ''].includes(address);

/** `LISTEN 0 4096 127.0.0.1:10248 0.0.0.0:* users:(("kubelet",pid=7,fd=3))` */
function readListener(line: string): {address: string; port: number; process?: string}[] {
	const fields = line.trim().split(/\s+/);
	const [, address, port] = /^(.*):(\d+)$/.exec(fields[3] ?? '') ?? [];
	if (address === undefined) return [];
	const [, name, pid] = /"([^"]*)",pid=(\d+)/.exec(line) ?? [];
	return [
		{
			address: address.replace(/^\[|\]$|%.*$/g, ''),
			port: Number(port),
			...(name === undefined ? {} : {process: `${name} (pid ${pid})`}),
		},
	];
}

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

/** Components bind this address, so it must be the machine's own. */
function nodeAddress({address, facts}: Site): Verdict[] {
	const own = facts.addresses.map((one) => one.address);
	const listed = own.length === 0 ? 'it has no address at all' : `it has ${own.slice(0, 8).join(', ')}`;
	if (address === '')
		return [
			{
				evidence: `no address that other nodes could use was found: ${listed}`,
				remedy: 'set `internalAddress` of the node in the config',
			},
		];
	if (own.includes(address)) return [];
	return [
		{
			evidence: `${address} is none of its addresses: ${listed}`,
			remedy: 'set `internalAddress` of the node to an address of its own',
		},
	];
}
