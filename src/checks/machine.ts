/** What a machine has: rights, CPUs, memory, disk, tools. */
import type {Facts} from '../model.ts';
import {disks, paths, readOnly} from './probes.ts';
import {type Check, linesOf, said, type Verdict} from './row.ts';

const GiB = 1024 ** 3;

/** Debian's and Red Hat's packages of what may be missing. */
const packages: Readonly<Record<string, {debian: string; redhat: string}>> = {
	losetup: {debian: 'mount', redhat: 'util-linux'},
	mount: {debian: 'mount', redhat: 'util-linux'},
	cp: {debian: 'coreutils', redhat: 'coreutils'},
	flock: {debian: 'util-linux', redhat: 'util-linux-core'},
	systemctl: {debian: 'systemd', redhat: 'systemd'},
	modprobe: {debian: 'kmod', redhat: 'kmod'},
	sysctl: {debian: 'procps', redhat: 'procps-ng'},
	ip: {debian: 'iproute2', redhat: 'iproute'},
	iptables: {debian: 'iptables', redhat: 'iptables-nft'},
	conntrack: {debian: 'conntrack', redhat: 'conntrack-tools'},
	ethtool: {debian: 'ethtool', redhat: 'ethtool'},
	socat: {debian: 'socat', redhat: 'socat'},
};

/** The command that brings a tool to a machine of this family. */
export function install(os: Facts['os'], tools: readonly string[]): string {
	const isRedHat = [os.id, ...os.idLike].some((id) => ['rhel', 'fedora', 'centos'].includes(id));
	const names = [...new Set(tools.map((tool) => (isRedHat ? packages[tool]?.redhat : packages[tool]?.debian) ?? tool))];
	return isRedHat ? `dnf install -y ${names.join(' ')}` : `apt-get install -y ${names.join(' ')}`;
}

const tool = (name: string, from: Check['from'], level: Check['level'], why: string): Check => ({
	name: `FileExisting-${name}`,
	from,
	level,
	on: 'every',
	when: 'bare',
	probes: [paths],
	judge: ({site}) =>
		linesOf(said(site, paths)).includes(name)
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
	{
		name: 'DiskSpace',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [disks],
		judge: ({site}) => readDisks(said(site, disks)).flatMap((disk) => space(disk, site.facts.ownership !== undefined)),
	},
	{
		name: 'Inodes',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [disks],
		judge: ({site}) =>
			readDisks(said(site, disks)).flatMap(({path, inodes, inodesFree}): Verdict[] => {
				// btrfs and others that have no fixed number of inodes say 0.
				if (inodes === 0 || (inodesFree >= 20_000 && inodesFree >= inodes * 0.05)) return [];
				const level = inodesFree < 20_000 ? 'error' : 'warning';
				return [
					{
						level,
						evidence: `${inodesFree} of ${inodes} inodes are free on ${path}`,
						remedy: 'delete what is many and small there, or make the file system anew',
					},
				];
			}),
	},
	{
		name: 'ReadOnlyFilesystem',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [readOnly],
		judge: ({site}) =>
			linesOf(said(site, readOnly)).map((path) => ({
				evidence: `${path} cannot be written`,
				remedy: 'mount it read-write; if it fell back to read-only, look for disk errors in dmesg first',
			})),
	},
];

type Disk = {
	readonly path: string;
	readonly free: number;
	readonly size: number;
	readonly inodesFree: number;
	readonly inodes: number;
};

/** Lines of `df --output=file,avail,size,iavail,itotal`, a path once. */
function readDisks(text: string): Disk[] {
	const found = new Map<string, Disk>();
	for (const line of linesOf(text).slice(1)) {
		const [, path, ...numbers] = /^(.*?)\s+(\d+|-)\s+(\d+|-)\s+(\d+|-)\s+(\d+|-)$/.exec(line) ?? [];
		const [free = 0, size = 0, inodesFree = 0, inodes = 0] = numbers.map((number) => (number === '-' ? 0 : Number(number)));
		// Pseudo file systems have no size.
		if (path !== undefined && size > 0) found.set(path, {path, free, size, inodesFree, inodes});
	}
	return [...found.values()];
}

/** Binaries and images take about 2 GiB of a new node; the kubelet begins to evict and to delete images below 15 % of free space. */
function space({path, free, size}: Disk, isOurs: boolean): Verdict[] {
	const big = /^\/var|^\/$/.test(path);
	const needed = big ? (isOurs ? 0.5 : 2) * GiB : 0.05 * GiB;
	const shown = `${(free / GiB).toFixed(1)} GiB of ${(size / GiB).toFixed(1)} GiB are free on ${path}`;
	if (free < needed) return [{evidence: shown, remedy: `make room: ${(needed / GiB).toFixed(2)} GiB are needed there`}];
	if (big && free < size * 0.15) {
		return [
			{
				level: 'warning',
				evidence: shown,
				remedy: 'the kubelet deletes images and evicts pods below 15 %: make room, or a bigger disk',
			},
		];
	}
	return [];
}
