/** Ports that components will bind, and who has them now. */
import {nodeProxy} from '../cluster/node-proxy.ts';
import {nodeProxyManifest} from '../contract/static-pod.ts';
import type {Cluster, ComponentConfig, Site} from '../model.ts';
import {kubernetesVersion} from '../versions.ts';
import {sockets} from './probes.ts';
import {type Check, linesOf, said, type Verdict} from './row.ts';

type Port = {readonly port: number; readonly address?: string; readonly use: string};

export const portChecks: readonly Check[] = [
	portCheck('kubeadm', 'error', 'control-plane', controlPlanePorts),
	portCheck('kubeadm', 'error', 'every', () => [{port: 10250, use: 'the kubelet'}]),
	portCheck('kubestrap', 'error', 'every', () => [{port: 10248, address: '127.0.0.1', use: "the kubelet's health check"}]),
	portCheck('kubestrap', 'warning', 'every', ({configuration}) =>
		configuration.proxy.disabled ? [] : [10249, 10256].map((port) => ({port, use: 'kube-proxy'})),
	),
	// A living cluster may get its proxies later.
	{...portCheck('kubestrap', 'error', 'every', proxyPort), unowned: false},
];

function portCheck(
	from: Check['from'],
	level: Check['level'],
	on: Check['on'],
	ports: (cluster: Cluster, site: Site, sites: readonly Site[]) => readonly Port[],
): Check {
	return {
		name: 'Port-<port>',
		from,
		level,
		on,
		when: 'bare',
		unowned: true,
		probes: [sockets],
		judge: ({cluster, site, sites}) => {
			const lines = linesOf(said(site, sockets));
			const units = new Map(lines.flatMap(readUnit));
			const listeners = lines.flatMap(readListener);
			return ports(cluster, site, sites).flatMap(({port, address, use}): Verdict[] => {
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
								evidence: `port ${port}, which ${use} needs, is in use${by(taker, units)}`,
								remedy: stop(taker, units),
							},
						];
			});
		},
	};
}

function proxyPort(cluster: Cluster, site: Site, sites: readonly Site[]): Port[] {
	const proxy = nodeProxy(cluster, site, sites);
	if (proxy === undefined || site.facts.files[nodeProxyManifest] !== undefined) return [];
	const {port, loopback} = proxy;
	return [{port, ...(site.role === 'worker' ? {address: loopback} : {}), use: "the node's own proxy to the API"}];
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

/** `unit 7 kubelet.service` */
const readUnit = (line: string): [pid: string, unit: string][] => {
	const [, pid, unit] = /^unit (\d+) (\S+)$/.exec(line) ?? [];
	return pid === undefined ? [] : [[pid, unit!]];
};

type Listener = {readonly address: string; readonly port: number; readonly process?: string; readonly pid?: string};

function by({process, pid = ''}: Listener, units: ReadonlyMap<string, string>): string {
	const unit = units.get(pid);
	return process === undefined ? '' : ` by ${process} (pid ${pid}${unit === undefined ? '' : `, ${unit}`})`;
}

function stop({pid}: Listener, units: ReadonlyMap<string, string>): string {
	const unit = units.get(pid ?? '');
	if (unit?.endsWith('.service')) return `systemctl disable --now ${unit}`;
	return pid === undefined ? 'stop what listens there: ss -ltnp' : `kill ${pid}`;
}

/** `LISTEN 0 4096 127.0.0.1:10248 0.0.0.0:* users:(("kubelet",pid=7,fd=3))` */
function readListener(line: string): Listener[] {
	const fields = line.trim().split(/\s+/);
	const [, address, port] = /^(.*):(\d+)$/.exec(fields[3] ?? '') ?? [];
	if (address === undefined) return [];
	const [, name, pid] = /"([^"]*)",pid=(\d+)/.exec(line) ?? [];
	return [
		{
			address: address.replace(/^\[|\]$|%.*$/g, ''),
			port: Number(port),
			...(name === undefined ? {} : {process: name, pid: pid!}),
		},
	];
}
