/** What holds now and would not hold after the next boot, and the clock that nobody keeps. */
import type {Cluster, Site} from '../model.ts';
import {modules, settings} from '../phases/kernel.ts';
import {quote} from '../steps/quote.ts';
import {timeServices} from './probes.ts';
import {type Check, linesOf, type Probe, said, type Verdict} from './row.ts';

/** The name of our own file among those of sysctl.d: what sorts behind it has the last word. */
const ours = '60-kubestrap.conf';

/** NAME<TAB>FILE<TAB>LINE of settings that may concern us: of files of one name only the first counts, as with `sysctl --system` (sysctl.d(5)); ufw sets its own when it starts. */
const sysctlFiles: Probe = {
	name: 'sysctlFiles',
	sh: `set +f
tab=$(printf '\\t')
{
	for folder in /etc /run /usr/local/lib /usr/lib /lib; do
		for file in "$folder"/sysctl.d/*.conf; do [ ! -f "$file" ] || printf '%s\\t%s\\n' "\${file##*/}" "$file"; done
	done | sort -s -u -t "$tab" -k 1,1
	if [ -f /etc/ufw/sysctl.conf ] && grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf; then printf '~ufw\\t/etc/ufw/sysctl.conf\\n'; fi
} >"$t/sysctl"
set --
while IFS=$tab read -r name file; do set -- "$@" "$file"; done <"$t/sysctl"
[ $# -gt 0 ] || exit 0
# Most of them have nothing of it: one look at all says which have.
some=$nl$(grep -lsE '^[[:space:]]*-?(net|vm)[./](bridge|ipv4|ipv6|swappiness)[^=#;]*=' -- "$@")$nl
while IFS=$tab read -r name file; do
	case $some in *"$nl$file$nl"*) ;; *) continue ;; esac
	sed -n -E "s,^[[:space:]]*-?((net|vm)[./](bridge|ipv4|ipv6|swappiness)[^=#;]*=.*)$,$name$tab$file$tab\\\\1,p" "$file"
done <"$t/sysctl"`,
};

const keepsOut = `(blacklist|install)[[:space:]]+(${modules.join('|').replaceAll('_', '[_-]')})`;

/** FILE<TAB>LINE that keep a module out at boot, though it can be loaded by hand (modprobe.d(5)). */
const keptOut: Probe = {
	name: 'keptOut',
	sh: `set +f
set --
for file in /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/local/lib/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf; do
	[ ! -f "$file" ] || set -- "$@" "$file"
done
[ $# -gt 0 ] || exit 0
some=$nl$(grep -lsE '^[[:space:]]*${keepsOut}' -- "$@")$nl
for file; do
	case $some in *"$nl$file$nl"*) ;; *) continue ;; esac
	sed -n -E "s,^[[:space:]]*(${keepsOut}([[:space:]].*)?)$,$file$(printf '\\t')\\\\1,p" "$file"
done`,
};

/** Whether the program that keeps the clock has set it: `yes`, `no`, or nothing where it cannot be asked. */
const clockSet: Probe = {
	name: 'clockSet',
	sh: `if [ -e /run/systemd/timesync/synchronized ]; then echo yes
elif [ -L /run/systemd/units/invocation:systemd-timesyncd.service ]; then echo no
elif command -v chronyc >/dev/null; then case $(timeout 2 chronyc -n tracking 2>/dev/null) in *'Leap status'*Normal*) echo yes ;; *'Not synchronised'*) echo no ;; esac
fi
:`,
};

const row = (name: string, probes: readonly Probe[], judge: Check['judge']): Check => ({
	name,
	from: 'kubestrap',
	level: 'warning',
	on: 'every',
	when: 'bare',
	probes,
	judge,
});

export const nextBootChecks: readonly Check[] = [
	row('SysctlAfterBoot', [sysctlFiles], ({cluster, site}) =>
		site.facts.container === undefined ? overruled(cluster, site) : [],
	),
	row('ModuleAfterBoot', [keptOut], ({site}) =>
		linesOf(said(site, keptOut)).map((line) => {
			const [file = '', text = ''] = line.split('\t');
			return {
				evidence: `${file} says \`${text}\`: the module is not loaded at the next boot, whatever modules-load.d says`,
				remedy: `sed -i.before '/^[[:space:]]*\\(install\\|blacklist\\)[[:space:]]/s/^/# /' ${quote(file)}, where no other line of it is wanted`,
			};
		}),
	),
	row('TimeSync', [clockSet], ({cluster, site}) => {
		// The clock of a container is its host's.
		if (site.facts.container !== undefined) return [];
		const [service] = timeServices(site);
		if (service === undefined)
			return cluster.os.timeSync === 'install'
				? []
				: [
						{
							evidence: 'nothing keeps its clock right',
							remedy:
								'set `os: {timeSync: install}`, or start a time service there: systemctl enable --now systemd-timesyncd (or chronyd)',
						},
					];
		return said(site, clockSet).trim() === 'no'
			? [
					{
						evidence: `${service} runs, and has not set the clock yet`,
						remedy: `name a time server that the machine can reach: timedatectl timesync-status; systemctl status ${service}`,
					},
				]
			: [];
	}),
];

/** Of the files behind ours the last one that sets a name of ours to something else. */
function overruled(cluster: Cluster, site: Site): Verdict[] {
	const later = linesOf(said(site, sysctlFiles)).flatMap((line) => {
		const [name = '', file = '', text = ''] = line.split('\t');
		const [, key = '', value = ''] = /^([^=]+?)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
		return name > ours ? [{file, key: key.includes('.') ? key : key.replaceAll('/', '.'), value}] : [];
	});
	return Object.entries(settings(cluster)).flatMap(([key, value]) => {
		const last = later.findLast((one) => one.key === key);
		return last === undefined || last.value === value
			? []
			: [
					{
						evidence: `${last.file} sets ${key} = ${last.value} after ${ours}: it will not be ${value} after the next boot`,
						remedy: `sed -i.before -E '/^[[:space:]]*-?${key.replaceAll('.', '[./]')}[[:space:]]*=/s/^/# /' ${quote(last.file)}`,
					},
				];
	});
}
