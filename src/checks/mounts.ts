/** What is mounted where programs will be laid down, and below what reset empties. */
import {etcdDataOf} from '../contract/whose.ts';
import {type Check, linesOf, type Probe, said} from './row.ts';

/** `/proc/self/mountinfo`. */
export const mounts: Probe = {name: 'mounts', sh: 'head -c 1048576 /proc/self/mountinfo'};

export type Mount = {readonly path: string; readonly options: string; readonly type: string};

/** A line of mountinfo: spaces in paths come as \040. */
export function readMounts(text: string): Mount[] {
	return linesOf(text).flatMap((line) => {
		const [, path, options, type] = /^\d+ \d+ \S+ \S+ (\S+) (\S+) (?:.*? )?- (\S+) /.exec(line) ?? [];
		if (path === undefined) return [];
		const plain = path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
		return [{path: plain, options: options!, type: type!}];
	});
}

const isBelow = (path: string, folder: string) => path.startsWith(folder === '/' ? '/' : `${folder}/`);

/** Programs are laid down there, and nothing of ours is executed anywhere else: not in /tmp, not in /run. */
const programs = ['/usr/bin', '/usr/local/bin', '/usr/local/sbin', '/opt/cni/bin'];

export const mountChecks: readonly Check[] = [
	{
		name: 'NoExec',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [mounts],
		judge: ({site}) => {
			const all = readMounts(said(site, mounts));
			const holders = programs.map((folder) => holderOf(folder, all));
			const closed = new Set(holders.filter((one) => one?.options.split(',').includes('noexec')).map((one) => one!.path));
			return [...closed].map((path) => ({
				evidence: `${path} is mounted noexec, and programs are installed there`,
				remedy: `mount -o remount,exec ${path}, and take noexec out of /etc/fstab`,
			}));
		},
	},
	{
		name: 'MountsBelow',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		unowned: true,
		probes: [mounts],
		judge: ({cluster, site}) => {
			const folders = ['/etc/kubernetes', '/var/lib/kubelet', '/var/lib/cni', etcdDataOf(site, cluster) ?? '/var/lib/etcd'];
			return readMounts(said(site, mounts)).flatMap(({path, type}) => {
				const folder = folders.find((one) => isBelow(path, one));
				return folder === undefined
					? []
					: [
							{
								evidence: `${path} (${type}) is mounted below ${folder}: a reset takes such mounts away first, and stops rather than delete through one`,
								remedy: `umount ${path}`,
							},
						];
			});
		},
	},
];

/** The mount that a folder lies on. */
export const holderOf = (folder: string, all: readonly Mount[]): Mount | undefined =>
	all.filter(({path}) => path === folder || isBelow(folder, path)).reduce<Mount | undefined>(deeper, undefined);

/** Of mounts over one another the later one counts. */
const deeper = (one: Mount | undefined, other: Mount): Mount =>
	one === undefined || other.path.length >= one.path.length ? other : one;
