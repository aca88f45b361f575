/** What a machine has: rights, CPUs, memory, tools. */
import type {Cluster, Facts, Site} from '../model.ts';
import {systemOf} from '../packages/systems.ts';
import {toolPackages} from '../packages/tools.ts';
import {missingTools} from '../packages/wanted.ts';
import {paths} from './probes.ts';
import {type Check, linesOf, said} from './row.ts';

const commands = {apt: 'apt-get install -y', dnf: 'dnf install -y', zypper: 'zypper install -y'} as const;

/** The command that brings a tool to a machine of this family. */
export function install(os: Facts['os'], tools: readonly string[]): string {
	const system = systemOf(os);
	const names = [...new Set(tools.map((tool) => toolPackages[tool]?.[system?.names ?? 'debian'] ?? tool))];
	return `${commands[system?.tool ?? 'apt']} ${names.join(' ')}`;
}

/** It is not there yet, but packages may be installed, and this one will be. */
const isInstalled = (name: string, cluster: Cluster, site: Site) =>
	missingTools(cluster, site, linesOf(said(site, paths))).includes(
		toolPackages[name]?.[systemOf(site.facts.os)?.names ?? 'debian'] ?? '',
	);

const tool = (name: string, from: Check['from'], level: Check['level'], why: string): Check => ({
	name: `FileExisting-${name}`,
	from,
	level,
	on: 'every',
	when: 'bare',
	probes: [paths],
	judge: ({cluster, site}) =>
		linesOf(said(site, paths)).includes(name) || isInstalled(name, cluster, site)
			? []
			: [{evidence: `${name} is not on the path (${why})`, remedy: `run on the node: ${install(site.facts.os, [name])}`}],
});

export const machineChecks: readonly Check[] = [
	{
		name: 'IsPrivilegedUser',
		from: 'kubeadm',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({site}) => {
			const uid = /^Uid:\s*\d+\s+(\d+)/m.exec(site.facts.probes.status?.stdout ?? '')?.[1];
			return uid === '0'
				? []
				: [{evidence: `commands run there with uid ${uid ?? 'unknown'}`, remedy: 'log in as root, or as a user who may sudo'}];
		},
	},
	{
		name: 'NumCPU',
		from: 'kubeadm',
		level: 'error',
		on: 'control-plane',
		when: 'bare',
		judge: ({site: {facts}}) =>
			facts.cpus >= 2 ? [] : [{evidence: `${facts.cpus} CPU`, remedy: 'a control plane needs 2 CPUs or more'}],
	},
	{
		name: 'Mem',
		from: 'kubeadm',
		level: 'error',
		on: 'control-plane',
		when: 'bare',
		judge: ({site: {facts}}) =>
			facts.memoryMiB >= 1700
				? []
				: [{evidence: `${facts.memoryMiB} MiB of memory`, remedy: 'a control plane needs 1700 MiB or more'}],
	},
	tool('losetup', 'kubeadm', 'error', 'the kubelet needs it for block volumes'),
	tool('mount', 'kubeadm', 'error', 'the kubelet needs it for volumes'),
	tool('cp', 'kubeadm', 'error', 'upgrades copy etcd with it'),
	tool('systemctl', 'kubestrap', 'error', 'every component runs under systemd'),
	tool('flock', 'kubestrap', 'error', 'it keeps two runs apart'),
	tool('ip', 'kubestrap', 'error', 'the kubelet and the network plugin need it'),
	tool('iptables', 'kubestrap', 'warning', 'host ports of pods need it'),
	tool('conntrack', 'kubestrap', 'warning', 'kubeadm asked for it before 1.32; stale UDP entries are looked at with it'),
	tool('ethtool', 'kubestrap', 'warning', 'network plugins use it to turn offloading off'),
	tool('socat', 'kubestrap', 'warning', 'only older runtimes need it for port-forward'),
];
