/** Room on the disks, and whether they can be written at all. */
import {disks, readOnly} from './probes.ts';
import {type Check, linesOf, said, type Verdict} from './row.ts';

const GiB = 1024 ** 3;

/** What of a bundle lies on a disk at the most, in its own size: itself, what containerd keeps of it, and what it unpacks. */
const unpacked = 2.5;

export const diskChecks: readonly Check[] = [
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
		name: 'BundleSpace',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		unowned: true,
		probes: [disks],
		judge: ({site, bundleBytes = 0}) =>
			readDisks(said(site, disks)).flatMap(({path, free}) => {
				const needed = bundleBytes * unpacked;
				if (free >= needed || !/^\/var|^\/$/.test(path)) return [];
				const shown = `${(free / GiB).toFixed(1)} GiB are free on ${path}, and the bundle needs ${(needed / GiB).toFixed(1)} GiB`;
				return [{evidence: shown, remedy: 'make room there: for what comes, and for what is made of it'}];
			}),
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
