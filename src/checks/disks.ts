/** Room on the disks, and whether they can be written at all. */
import {isBegun} from '../contract/whose.ts';
import {type Need, needsOf} from './needs.ts';
import {disks, readOnly} from './probes.ts';
import {type Case, type Check, linesOf, said, type Verdict} from './row.ts';

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
		judge: (one) => filled(one).flatMap((disk) => space(disk)),
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
				return [
					{
						evidence: shown,
						remedy: `make room there, for what comes and for what is made of it: du -xhd1 ${path} | sort -h | tail`,
					},
				];
			}),
	},
	{
		name: 'Inodes',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [disks],
		judge: (one) =>
			filled(one).flatMap(({path, inodes, inodesFree, needs}): Verdict[] => {
				const needed = needs.reduce((sum, need) => sum + need.inodes, 0);
				// btrfs and others that have no fixed number of inodes say 0.
				if (inodes === 0 || (inodesFree >= needed && inodesFree >= inodes * 0.05)) return [];
				return [
					{
						level: inodesFree < needed ? 'error' : 'warning',
						evidence: `${inodesFree} of ${inodes} inodes are free on ${path}, and some ${needed} files will be made there`,
						remedy: `delete what is many and small there: du --inodes -xS ${path} | sort -n | tail`,
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
				remedy: `mount -o remount,rw ${path}; if it fell back to read-only, look for disk errors first: dmesg | grep -i error | tail`,
			})),
	},
];

type Disk = {
	readonly path: string;
	readonly free: number;
	readonly size: number;
	readonly inodesFree: number;
	readonly inodes: number;
	/** The same for all folders of one file system. */
	readonly of: string;
};

/** Lines of `df --output=file,avail,size,iavail,itotal,source,target`, a path once. */
function readDisks(text: string): Disk[] {
	const found = new Map<string, Disk>();
	for (const line of linesOf(text).slice(1)) {
		const [, path, ...rest] = /^(.*?)\s+(\d+|-)\s+(\d+|-)\s+(\d+|-)\s+(\d+|-)(?:\s+(\S+)\s+(\/.*))?$/.exec(line) ?? [];
		const [free = 0, size = 0, inodesFree = 0, inodes = 0] = rest.slice(0, 4).map((text) => (text === '-' ? 0 : Number(text)));
		const [source, target] = rest.slice(4);
		// Pseudo file systems have no size.
		if (path === undefined || size === 0) continue;
		found.set(path, {path, free, size, inodesFree, inodes, of: (source?.startsWith('/') ? source : target) ?? path});
	}
	return [...found.values()];
}

/** Each file system once, with what will be written on it, by the folder that is nearest. On a node that was begun, that is written already. */
function filled(one: Case): (Disk & {readonly needs: readonly Need[]})[] {
	const folders = readDisks(said(one.site, disks));
	const holds = ({path}: Need) =>
		folders
			.filter((disk) => disk.path === '/' || path === disk.path || path.startsWith(`${disk.path}/`))
			.reduce<Disk | undefined>(
				(best, disk) => (best === undefined || disk.path.length > best.path.length ? disk : best),
				undefined,
			);
	const needs = Map.groupBy(needsOf(one), (need) => holds(need)?.of);
	const isWritten = isBegun(one.site) || one.site.stage === 'member';
	const systems = [...Map.groupBy(folders, ({of}) => of)];
	return systems.map(([of, [disk]]) => ({
		...disk!,
		path: shortest(folders.filter((folder) => folder.of === of)),
		needs: (needs.get(of) ?? []).map((need) => (isWritten ? {...need, bytes: 0, inodes: 100} : need)),
	}));
}

const shortest = (folders: readonly Disk[]): string =>
	folders.map(({path}) => path).reduce((best, path) => (path.length < best.length ? path : best));

/** The kubelet begins to evict and to delete images below 15 % of free space. */
function space({path, free, size, needs}: Disk & {readonly needs: readonly Need[]}): Verdict[] {
	const sum = (of: (need: Need) => number) => needs.reduce((total, need) => total + of(need), 0);
	const [now, later] = [sum(({bytes}) => bytes), sum((need) => need.later ?? 0)];
	const why = [...new Set(needs.filter(({bytes}) => bytes > 0).map((need) => need.why))].join(', ');
	const shown = `${gibibytes(free)} of ${gibibytes(size)} are free on ${path}`;
	const remedy = `make room there, or mount a bigger disk: du -xhd1 ${path} | sort -h | tail`;
	// Half a gibibyte is what a node that runs writes before anybody looks again.
	const least = Math.max(now, needs.some(({path: where}) => where.startsWith('/var/')) ? GiB / 2 : 0);
	if (free < least)
		return [{evidence: `${shown}, and ${gibibytes(least)} will be written there${why === '' ? '' : ` (${why})`}`, remedy}];
	const warn = (evidence: string): Verdict[] => [{level: 'warning', evidence, remedy}];
	if (free - now < later) return warn(`${shown}: etcd may grow to ${gibibytes(later)} there, and a full disk stops it`);
	const isWatched = needs.some(({path: where}) => where === '/var/lib/containerd' || where === '/var/lib/kubelet');
	return isWatched && free - now < size * 0.15
		? warn(`${shown}, after the work ${gibibytes(free - now)}: below 15 % the kubelet deletes images and evicts pods`)
		: [];
}

const gibibytes = (bytes: number) => `${(bytes / GiB).toFixed(bytes < GiB / 10 ? 3 : 1)} GiB`;
