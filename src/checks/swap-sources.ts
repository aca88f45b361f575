/** What turns swap on at the next boot: the boot is simulated, so a source that has no row here is found as well. */
import type {Site} from '../model.ts';
import {linesOf, type Probe, said} from './row.ts';

/** Services that make and use swap of their own; a row for each, with the package or system that it comes from. */
export const swapServices: readonly {readonly unit: string; readonly of: string}[] = [
	{unit: 'zramswap.service', of: 'zram-tools (Debian, Ubuntu)'},
	{unit: 'zram-config.service', of: 'zram-config (Ubuntu)'},
	{unit: 'zram-swap.service', of: 'zram (older Fedora)'},
	{unit: 'systemd-swap.service', of: 'systemd-swap'},
	{unit: 'armbian-zram-config.service', of: 'Armbian'},
	{unit: 'dphys-swapfile.service', of: 'dphys-swapfile (Raspberry Pi OS)'},
	{unit: 'swapspace.service', of: 'swapspace'},
];

/** Generators that make units for swap out of something else than a unit file, and of what. */
export const swapGenerators: readonly {readonly program: string; readonly of: string}[] = [
	{program: 'systemd-fstab-generator', of: '/etc/fstab'},
	{program: 'systemd-gpt-auto-generator', of: 'a swap partition by its type (GPT)'},
	{program: 'zram-generator', of: 'zram-generator.conf'},
];

/**
 * Lines `unit NAME<TAB>SOURCE`: units that would turn swap on; `file PATH<TAB>UNIT`: text of a program that starts at boot and calls swapon. The generators write into
 * the survey's own folder, and read an fstab without its lines of swap: those are commented out by a step (where root alone may read it they are not, and count).
 * What is masked, or has our drop-in, does not start.
 */
export const nextSwap: Probe = {
	name: 'nextSwap',
	sh: `look=
for item; do case $item in swap=off) look=1 ;; esac; done
[ -n "$look" ] && command -v systemctl >/dev/null || exit 0
set +f
boot=$t/boot etc=/etc/systemd/system tab=$(printf '\\t')
mkdir -p "$boot/normal" "$boot/early" "$boot/late" || exit
fstab=/etc/fstab
case $(stat -c %a /etc/fstab 2>/dev/null) in
*[4567]) sed -E '/^[[:blank:]]*[^#[:blank:]][^[:blank:]]*[[:blank:]]+[^[:blank:]]+[[:blank:]]+swap([[:blank:]]|$)/d' /etc/fstab >"$boot/fstab" && fstab=$boot/fstab ;;
esac
for program in ${swapGenerators.map(({program}) => program).join(' ')}; do
	for folder in /etc/systemd /run/systemd /usr/local/lib/systemd /usr/lib/systemd /lib/systemd; do
		[ -x "$folder/system-generators/$program" ] || continue
		SYSTEMD_FSTAB=$fstab timeout 5 "$folder/system-generators/$program" "$boot/normal" "$boot/early" "$boot/late" >/dev/null 2>&1
		for unit in "$boot"/*/*.swap; do
			[ ! -e "$unit" ] || { printf '%s\\t%s\\n' "\${unit##*/}" "$program"; rm -f "$unit"; }
		done
		break
	done
done >"$boot/units"
# Units that have files; with a pattern systemd looks at them alone, without one at every unit there is. What systemd generated of fstab at this boot goes with its line there.
systemctl list-unit-files --no-pager --no-legend --plain --type=swap --state=enabled,enabled-runtime,linked,alias,static,generated,transient '*.swap' |
	while read -r unit state rest; do
		source=
		[ "$state" != generated ] || source=$(sed -n 's/^SourcePath=//p' "/run/systemd/generator/$unit" 2>/dev/null)
		case $source in /etc/fstab) ;; *) printf '%s\\t%s\\n' "$unit" "\${source:-unit file}" ;; esac
	done >>"$boot/units"
systemctl show --no-pager -p Id -p UnitFileState ${swapServices.map(({unit}) => unit).join(' ')} | {
	id=
	while IFS== read -r key value; do
		case $key=$value in
		Id=*) id=$value ;;
		UnitFileState=enabled | UnitFileState=generated | UnitFileState=static | UnitFileState=linked) printf '%s\\tservice\\n' "$id" ;;
		esac
	done
} >>"$boot/units"
sort -u "$boot/units" | while IFS=$tab read -r unit source; do
	[ "$(readlink "$etc/$unit")" != /dev/null ] && [ ! -e "$etc/$unit.d/60-kubestrap-masked.conf" ] || continue
	printf 'unit %s\\t%s\\n' "$unit" "$source"
done
# Programs of units that the administrator has switched on, and the older ways to start one at boot: those that call swapon.
set --
for unit in "$etc"/*.wants/*.service; do
	case $unit in ${swapServices.map(({unit}) => `*/${unit}`).join(' | ')}) continue ;; esac
	[ ! -f "$unit" ] || set -- "$@" "$unit"
done
# All of them in a few processes: a machine has a dozen such units, and a fleet has many machines.
[ $# -eq 0 ] || {
	for unit; do printf '%s\\t%s\\n' "$unit" "\${unit##*/}"; done
	grep -H '^Exec' -- "$@" | sed -n 's/^\\(\\/.*\\.service\\):Exec[A-Z][A-Za-z]*=[-@:+!|]*\\(\\/[^ ;]*\\).*/\\1\\t\\2/p' |
		while IFS=$tab read -r unit program; do printf '%s\\t%s\\n' "$program" "\${unit##*/}"; done
} >"$boot/programs"
for file in /etc/rc.local /etc/rc.d/rc.local /etc/crontab /etc/cron.d/* /var/spool/cron/root /var/spool/cron/crontabs/root; do
	[ ! -f "$file" ] || printf '%s\\t-\\n' "$file"
done >>"$boot/programs"
set --
while IFS=$tab read -r file unit; do [ ! -f "$file" ] || set -- "$@" "$file"; done <"$boot/programs"
[ $# -eq 0 ] || timeout 5 grep -Ils '^[^#]*swapon' -- "$@" >"$boot/callers"
[ ! -s "$boot/callers" ] || while IFS=$tab read -r file unit; do
	! grep -qxF -e "$file" "$boot/callers" || printf 'file %s\\t%s\\n' "$file" "$unit"
done <"$boot/programs"
:`,
};

/** Units that have to be masked so that no swap is there after the next boot, each with what it comes from. */
export const unitsOfSwap = (site: Site): {unit: string; of: string}[] =>
	readLines(site, 'unit').map(([unit, source]) => ({
		unit,
		of: (swapGenerators.find(({program}) => program === source) ?? swapServices.find((row) => row.unit === unit))?.of ?? source,
	}));

/** Files with programs that turn swap on, and the unit that starts them (`-`: none). */
export const programsOfSwap = (site: Site): {file: string; unit: string}[] =>
	readLines(site, 'file').map(([file, unit]) => ({file, unit}));

function readLines(site: Site, word: 'unit' | 'file'): (readonly [string, string])[] {
	return linesOf(said(site, nextSwap)).flatMap((line) => {
		const [, kind, name = '', rest = ''] = /^(unit|file) ([^\t]+)\t(.*)$/.exec(line) ?? [];
		// Names of units come from a machine: what is no plain name is not made a path.
		const isGood = word === 'file' ? name.startsWith('/') : /^[A-Za-z0-9@_.:\\-]{1,250}\.(?:swap|service)$/.test(name);
		return kind === word && isGood ? [[name, rest] as const] : [];
	});
}
