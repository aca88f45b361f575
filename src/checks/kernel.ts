/** Swap, modules and sysctls: what we set ourselves, and what a container cannot set. */
import {splitSubnets} from '../cluster/network.ts';
import type {Facts} from '../model.ts';
import {quote} from '../steps/quote.ts';
import {flags} from './probes.ts';
import {type Check, linesOf, said} from './row.ts';
import {nextSwap, programsOfSwap} from './swap-sources.ts';

export const kernelChecks: readonly Check[] = [
	{
		name: 'Swap',
		from: 'kubeadm',
		level: 'warning',
		on: 'every',
		when: {after: 'swap'},
		judge: ({cluster, site: {facts}}) =>
			cluster.swap !== 'off' || facts.swaps.length === 0
				? []
				: [
						{
							evidence: `swap is on: ${facts.swaps.join(' ')}`,
							remedy: "swapoff --all && sed -i.before '/[[:space:]]swap[[:space:]]/s/^/# /' /etc/fstab",
						},
					],
	},
	{
		// In a container the list of swaps is the host's: nothing that we do there turns it off, and the kubelet would not start.
		name: 'SwapOfHost',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({cluster, site: {facts}}) =>
			cluster.swap !== 'off' || facts.container === undefined || facts.swaps.length === 0
				? []
				: [
						{
							evidence: `the node is a container (${facts.container}) and its host swaps: ${facts.swaps.join(' ')}`,
							remedy: 'turn swap off on the host (swapoff --all), or set `swap: ignore` (or `limited`) in the config',
						},
					],
	},
	{
		// What has a unit for swap is masked; of a program that calls swapon nobody knows what else it does.
		name: 'SwapAfterBoot',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [nextSwap],
		judge: ({cluster, site}) =>
			cluster.swap !== 'off' || site.facts.container !== undefined
				? []
				: programsOfSwap(site).map(({file, unit}) => ({
						evidence: `${file}${unit === '-' || file.endsWith(`/${unit}`) ? '' : ` (started by ${unit})`} calls swapon: swap may be on again after the next boot`,
						remedy:
							unit === '-' ? unswapped(file) : `systemctl disable --now ${unit}; or take swapon out of it: ${unswapped(file)}`,
					})),
	},
	{
		name: 'LimitedSwap',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({cluster, site: {facts}}) =>
			cluster.swap !== 'limited' || facts.cgroup === 'v2'
				? []
				: [
						{
							evidence: 'the config has `swap: limited`, and with cgroup v1 the kubelet does not start with it',
							remedy: 'set `swap: ignore` (pods then use no swap) or `swap: off`, or boot the node with cgroup v2',
						},
					],
	},
	{
		name: 'FileContent-<path>',
		from: 'kubeadm',
		level: 'error',
		on: 'every',
		when: {after: 'kernel'},
		judge: ({cluster, site}) =>
			forwardingFiles(cluster.configuration.networking, site.address).flatMap((path) => {
				const value = setting(site.facts, path);
				const id = `FileContent-${path.replaceAll('/', '-')}`;
				return value?.startsWith('1')
					? []
					: [{id, evidence: `${path} is ${value ?? 'not there'}, not 1`, remedy: `sysctl -w ${sysctlName(path)}=1`}];
			}),
	},
	{
		name: 'KernelModules',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [flags],
		judge: ({site}) => {
			const present = linesOf(said(site, flags));
			const missing = ['overlay', 'br_netfilter'].filter((name) => !present.includes(name));
			return site.facts.container === undefined || missing.length === 0
				? []
				: [
						{
							evidence: `the node is a container (${site.facts.container}) and cannot load ${missing.join(' and ')} itself`,
							remedy: `run on its host: modprobe -a ${missing.join(' ')}`,
						},
					];
		},
	},
	{
		name: 'CapSysResource',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		judge: ({site: {facts}}) =>
			facts.capSysResource
				? []
				: [
						{
							evidence: `no CAP_SYS_RESOURCE${facts.container === undefined ? '' : ` (${facts.container})`}: no process may lower its oom_score_adj`,
							remedy:
								'nothing to do: containerd is told restrict_oom_score_adj. Out of memory, the kernel picks its victims less wisely',
						},
					],
	},
	{
		name: 'InotifyInstances',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		judge: ({site: {facts}}) => {
			const value = Number(setting(facts, '/proc/sys/fs/inotify/max_user_instances') ?? Number.NaN);
			return facts.container === undefined || !(value < 256)
				? []
				: [
						{
							evidence: `fs.inotify.max_user_instances is ${value}, for all containers of the host together`,
							remedy:
								'if containerd or the kubelet say "too many open files": sysctl -w fs.inotify.max_user_instances=512 on the host',
						},
					];
		},
	},
];

/** Families of the networks and of the node's address (contract 3.3 step 9). */
function forwardingFiles({serviceSubnet, podSubnet}: {serviceSubnet: string; podSubnet?: string}, address: string): string[] {
	const all = [...splitSubnets(serviceSubnet), ...splitSubnets(podSubnet), address];
	return [
		...(all.some((text) => text.includes('.')) ? ['/proc/sys/net/ipv4/ip_forward'] : []),
		...(all.some((text) => text.includes(':')) ? ['/proc/sys/net/ipv6/conf/default/forwarding'] : []),
	];
}

function setting({probes}: Facts, path: string): string | undefined {
	const line = linesOf(probes.settings?.stdout ?? '').find((one) => one.startsWith(`${path} `));
	return line?.slice(path.length + 1);
}

const sysctlName = (path: string) => path.replace('/proc/sys/', '').replaceAll('/', '.');

/** Puts the lines that call swapon out of force, and keeps the file as it was beside it. */
const unswapped = (file: string) => `sed -i.before '/^[^#]*swapon/s/^/# /' ${quote(file)}`;
