/** What the kernel offers: kubeadm's SystemVerification (contract 3.8), swap, modules, sysctls, and what a container cannot change. */
import {splitSubnets} from '../cluster/network.ts';
import type {Facts} from '../model.ts';
import {flags, kernelConfig} from './probes.ts';
import {type Case, type Check, linesOf, said, type Verdict} from './row.ts';

const kernels = [/^5\.4\./, /^5\.10\./, /^5\.15\./, /^(?:[6-9]|[1-9]\d+)\.\d+\.\d+/];
const options =
	'NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CPUSETS MEMCG INET EXT4_FS PROC_FS NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED'.split(
		' ',
	);
const redirect = ['NETFILTER_XT_TARGET_REDIRECT', 'IP_NF_TARGET_REDIRECT'];
const cgroupOptions = {
	v1: 'CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS CGROUP_SCHED'.split(' '),
	v2: 'CGROUPS CGROUP_BPF CGROUP_PIDS CGROUP_SCHED'.split(' '),
};
const controllers = {
	v1: {required: 'cpu cpuacct cpuset devices freezer memory pids'.split(' '), optional: ['hugetlb', 'blkio']},
	v2: {required: 'cpu cpuset devices freezer memory pids'.split(' '), optional: ['hugetlb', 'io']},
};

export const systemChecks: readonly Check[] = [
	{
		name: 'SystemVerification',
		from: 'kubeadm',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [kernelConfig, flags],
		judge: (one) => [...kernelVersion(one.site.facts), ...config(one), ...cgroupVersion(one), ...cgroupControllers(one)],
	},
	{
		name: 'Swap',
		from: 'kubeadm',
		level: 'warning',
		on: 'every',
		when: {after: 'swap'},
		judge: ({cluster, site: {facts}}) =>
			cluster.swap !== 'off' || facts.swaps.length === 0
				? []
				: [{evidence: `swap is on: ${facts.swaps.join(' ')}`, remedy: 'swapoff --all, and take it out of /etc/fstab'}],
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
							remedy: 'turn swap off on the host, or set `swap: ignore` (or `limited`) in the config',
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

function kernelVersion({kernel}: Facts): Verdict[] {
	if (kernels.some((pattern) => pattern.test(kernel))) return [];
	return [
		{
			level: 'warning',
			evidence: `kernel ${kernel} is none that Kubernetes is tested with`,
			remedy: 'use 5.4, 5.10, 5.15, or 6.x and later',
		},
	];
}

/** The kernel of a container is its host's, whose configuration is often out of sight: kubeadm fails there, we say so. */
function config({site}: Case): Verdict[] {
	const output = site.facts.probes[kernelConfig.name];
	const where = `/proc/config.gz, /boot/config-${site.facts.kernel}`;
	if (output?.code !== 0) {
		return [
			{
				level: site.facts.container === undefined ? 'error' : 'warning',
				evidence: `the kernel's configuration cannot be read (${where})`,
				remedy:
					site.facts.container === undefined
						? 'install it, or run `modprobe configs`'
						: 'nothing to do if the host runs other containers well',
			},
		];
	}
	const set = new Set([...output.stdout.matchAll(/^CONFIG_(\w+)=[ym]/gm)].map(([, name]) => name ?? ''));
	const missing = [...options, ...cgroupOptions[site.facts.cgroup]].filter((name) => !set.has(name));
	if (!redirect.some((name) => set.has(name))) missing.push(redirect[0]!);
	if (missing.length === 0) return [];
	return [
		{
			evidence: `the kernel lacks ${missing.map((name) => `CONFIG_${name}`).join(', ')}`,
			remedy: 'boot a kernel that has them (any distribution kernel does)',
		},
	];
}

/** kubeadm fails since 1.35. The kubelet runs on v1 when it is told to, which we do, unless the config says otherwise. */
function cgroupVersion({cluster, site}: Case): Verdict[] {
	if (site.facts.cgroup !== 'v1') return [];
	const evidence = 'the node uses cgroup v1, which Kubernetes will drop';
	if (cluster.kubelet.failCgroupV1 === true)
		return [{evidence, remedy: 'boot it with cgroup v2, or take failCgroupV1 out of the KubeletConfiguration'}];
	return [
		{
			level: 'warning',
			evidence,
			remedy: 'nothing to do today: the kubelet is told `failCgroupV1: false`. Move to cgroup v2 before a later upgrade',
		},
	];
}

function cgroupControllers({site}: Case): Verdict[] {
	const {cgroup, probes} = site.facts;
	const text = probes.cgroups?.stdout ?? '';
	const present = new Set(
		cgroup === 'v2'
			? // The kernel always has the devices controller, and freezing is a file of every group below the root.
				[...text.trim().split(/\s+/), 'devices', ...(linesOf(said(site, flags)).includes('cgroup.freeze') ? ['freezer'] : [])]
			: linesOf(text)
					.map((line) => line.split(/\s+/))
					.filter(([name, , , enabled]) => !name!.startsWith('#') && enabled !== '0')
					.map(([name]) => name!),
	);
	const {required, optional} = controllers[cgroup];
	const missing = required.filter((name) => !present.has(name));
	const wanting = optional.filter((name) => !present.has(name));
	return [
		...(missing.length > 0
			? [
					{
						evidence: `cgroup controllers are missing: ${missing.join(' ')}`,
						remedy: 'enable them (kernel command line, or the settings of the container)',
					},
				]
			: []),
		...(wanting.length > 0
			? [
					{
						level: 'warning' as const,
						evidence: `optional cgroup controllers are missing: ${wanting.join(' ')}`,
						remedy: 'limits of that kind will not hold',
					},
				]
			: []),
	];
}

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
