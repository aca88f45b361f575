/** kubeadm's SystemVerification (contract 3.8): kernel, its options, cgroups. */
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
];

function kernelVersion({kernel}: Facts): Verdict[] {
	if (kernels.some((pattern) => pattern.test(kernel))) return [];
	return [
		{
			level: 'warning',
			evidence: `kernel ${kernel} is none that Kubernetes is tested with`,
			remedy:
				'use 5.4, 5.10, 5.15, or 6.x and later: apt-get install linux-image-amd64, or dnf upgrade kernel; then systemctl reboot',
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
			remedy: 'boot a kernel that has them (any distribution kernel does): grep -h CONFIG_ /boot/config-* | sort -u',
		},
	];
}

/** kubeadm fails since 1.35. The kubelet runs on v1 when it is told to, which we do, unless the config says otherwise. */
function cgroupVersion({cluster, site}: Case): Verdict[] {
	if (site.facts.cgroup !== 'v1') return [];
	const evidence = 'the node uses cgroup v1, which Kubernetes will drop';
	if (cluster.kubelet.failCgroupV1 === true)
		return [
			{
				evidence,
				remedy:
					'boot it with cgroup v2 (grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1, or GRUB_CMDLINE_LINUX in /etc/default/grub and update-grub), or take failCgroupV1 out of the KubeletConfiguration',
			},
		];
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
						remedy:
							'enable them (kernel command line: cat /proc/cmdline /sys/fs/cgroup/cgroup.controllers; or the settings of the container)',
					},
				]
			: []),
		...(wanting.length > 0
			? [
					{
						level: 'warning' as const,
						evidence: `optional cgroup controllers are missing: ${wanting.join(' ')}`,
						remedy:
							'nothing to do where no limits of that kind are wanted: they will not hold. What there is: cat /sys/fs/cgroup/cgroup.controllers',
					},
				]
			: []),
	];
}
