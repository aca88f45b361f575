/** The package tool of Debian and its kin: only where the config has packages installed. */
import {usesPackages} from '../packages/wanted.ts';
import {type Check, linesOf, type Probe, said} from './row.ts';

/** Who holds dpkg's and apt's locks (`packages=1`): LOCK<TAB>PID<TAB>PROGRAM. The kernel lists POSIX locks by inode. */
const aptLocks: Probe = {
	name: 'aptLocks',
	sh: `case " $* " in *' packages=1 '*) ;; *) exit 0 ;; esac
for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
	[ -e "$lock" ] || continue
	inode=$(stat -c %i "$lock") || continue
	while read -r number kind advice type pid place rest; do
		case $place in *:"$inode") ;; *) continue ;; esac
		program=; [ ! -r "/proc/$pid/comm" ] || read -r program <"/proc/$pid/comm"
		printf '%s\\t%s\\t%s\\n' "$lock" "$pid" "$program"
	done </proc/locks
done; :`,
};

/** What dpkg says of packages that are half installed (`packages=1`). What a run of ours left half done is mended by the next one (steps/kinds/apt.ts). */
const dpkgAudit: Probe = {
	name: 'dpkgAudit',
	sh: `case " $* " in *' packages=1 '*) ;; *) exit 0 ;; esac
[ ! -e /var/lib/kubestrap/apt-runs ] || exit 0
command -v dpkg >/dev/null || exit 0
for file in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$file" ] || { echo 'dpkg was interrupted'; break; }; done
timeout 10 dpkg --audit 2>&1 | head -c 4096`,
};

export const aptChecks: readonly Check[] = [
	{
		name: 'AptLock',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [aptLocks],
		judge: ({cluster, site}) => {
			if (!usesPackages(cluster)) return [];
			const rows = linesOf(said(site, aptLocks)).map((line) => line.split('\t'));
			const holders = new Map(rows.map(([lock = '', pid = '', program = '']) => [pid, {lock, program}]));
			return [...holders].map(([pid, {lock, program}]) => ({
				evidence: `${lock} is held by ${program || 'a program'} (pid ${pid})`,
				remedy: `nothing to do: it is waited for, 10 minutes at most. Who it is: ps -fp ${pid}`,
			}));
		},
	},
	{
		name: 'DpkgInterrupted',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [dpkgAudit],
		judge: ({cluster, site}) => {
			const text = said(site, dpkgAudit);
			if (!usesPackages(cluster) || text.trim() === '') return [];
			const names = [...text.matchAll(/^ (\S+)/gm)].map(([, name]) => name);
			return [
				{
					evidence: `dpkg was cut off, or a package could not be configured${names.length === 0 ? '' : `: ${names.slice(0, 8).join(', ')}`}`,
					remedy: 'dpkg --configure -a',
				},
			];
		},
	},
];
