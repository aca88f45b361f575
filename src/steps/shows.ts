/**
 * What is there instead of what is wanted, for a plan: constant shell functions `show_KIND`, called with a step's words in programs that only look,
 * when the step differs. They write lines `= INDEX KEY TEXT`; bytes go in base64, in pieces. What may be a secret never leaves the node: bytes of a
 * file whose content we hold as a secret, and of a file that fewer people may read now than later.
 */
import type {Step} from '../model.ts';

const base = String.raw`
show=yes
# All of an object and not some lines of it: src/foresight makes the diff.
KUBECTL_EXTERNAL_DIFF='diff -N -U 100000'
export KUBECTL_EXTERNAL_DIFF
shows() { printf '= %s %s %s\n' "$index" "$1" "$(printf %s "$2" | tr '\n\t' '  ')" >&3; }
shows_bytes() { base64 -w 4000 | sed "s/^/= $index $1 /" >&3; }
shows_lines() { head -n 100 | sed "s/^/= $index $1 /" >&3; }
look_at() { # PATH → $look
	look=$(stat -c '%a %U:%G %F' -- "$1" 2>/dev/null) || look=absent
	shows is "$look"
	case $look in *' symbolic link') shows to "$(readlink -- "$1")" ;; esac
}
# hidden IS WANTED: who may not read it now could read it later, were it shown. By the digits of group and others.
hidden() {
	for place in other group; do
		old=$1 new=$2
		[ $place = other ] || old=${'$'}{old%?} new=${'$'}{new%?}
		case ${'$'}{old#"${'$'}{old%?}"}${'$'}{new#"${'$'}{new%?}"} in [0-3][4-7]) return 0 ;; esac
	done
	return 1
}
`;

/** Where there is no word, the step's name says what it does. Images of a bundle are looked at as others are. */
const kinds: {readonly [K in Step['kind']]: string} = {
	wait: '',
	run: '',
	noted: '',
	undo: '',
	import: '',
	file: `
show_file() { # CONTENT PATH TEMP FOLDER MODE OWNER HOW SYNC NOTIFY SUM
	look_at "$2"
	case $look in *' regular file' | *' regular empty file') ;; *) return ;; esac
	if [ "$7" != same ] || hidden "\${look%% *}" "$5"; then shows stamp "$(stat -c '%s %.9Y' -- "$2")"
	elif [ "$(stat -c %s -- "$2")" -gt 262144 ]; then shows sum "$(sha256sum <"$2")"
	else shows text ''; shows_bytes text <"$2"
	fi
}`,
	dir: `
show_dir() { look_at "$1/."; }`,
	link: `
show_link() { look_at "$1"; }`,
	absent: `
show_absent() { look_at "$1"; shows stamp "$(stat -c '%s %.9Y' -- "$1")"; }`,
	line: `
show_line() { # PATH LINE END
	shows is present
	[ ! -f "$1" ] || grep -a -e "$3$" -- "$1" | shows_bytes text
}`,
	block: `
show_block() { # PATH BEGIN END CONTENT
	shows is present
	[ ! -f "$1" ] || sed -n "/^$2\\$/,/^$3\\$/p" -- "$1" | shows_bytes text
}`,
	sysctl: `
show_sysctl() { # FILE VALUE
	if [ -r "$1" ]; then shows is "$(cat "$1")"; else shows is absent; fi
}`,
	module: `
show_module() { shows is absent; }`,
	package: String.raw`
show_package() { # HOLD SOURCES IDLE FROM SPEC…
	shift 4
	for spec; do dpkg-query -W -f '${'$'}{db:Status-Abbrev} ${'$'}{Package} ${'$'}{Version}\n' "${'$'}{spec%%=*}" 2>/dev/null; done | shows_lines have
}`,
	purged: `
show_purged() { # GONE UNHELD KEPT
	removable "$1"
	shows is "$removable"
}`,
	rpms: `
show_rpms() { # TOOL NAMES…
	shift
	for package; do rpm -q --quiet --whatprovides -- "$package" || shows lacks "$package"; done
}`,
	rpmless: `
show_rpmless() { shows is "$there"; }`,
	fetch: String.raw`
show_fetch() { # MARK INPUT SHA256 SIZE MODE NOTIFY DOWNLOADER into|at PATH …
	if [ "$8" = at ]; then
		look_at "$9"
		case $look in *' regular file') shows sum "$(sha256sum <"$9")" ;; esac
		return
	fi
	set +f
	for known in "$S/artifacts/${'$'}{1%%_*}_"*.installed; do
		[ ! -e "$known" ] || { known=${'$'}{known##*/}; shows have "${'$'}{known%.installed}"; }
	done
	set -f
	[ -e "$S/artifacts/$1.installed" ] || return
	as_was=$(tail -n +2 "$S/artifacts/$1.installed")
	as_is=$(stated "$as_was")
	printf '%s\n' "$as_was" | while IFS= read -r row; do
		case "$nl$as_is$nl" in *"$nl$row$nl"*) ;; *) shows moved "/${'$'}{row#*/}" ;; esac
	done
}`,
	image: `
show_image() { # TABLE; a runtime that answers says at least what its columns are called
	if [ -s "$D/have.$1" ]; then
		has=$(grep -F -e "$ref " "$D/have.$1" | head -n 1)
		shows is "\${has:-absent}"
	else shows is unknown
	fi
}`,
	service: `
show_service() { # UNIT …
	look_service "$1"
	shows is "\${active:-absent} \${enabled:-absent}"
	[ ! -e "$S/pending/$1" ] || shows pending restart
	[ "$stale" != yes ] && [ ! -e "$S/pending/daemon-reload" ] || shows pending daemon-reload
}`,
	masked: `
show_masked() { # UNIT …
	look_service "$1"
	shows is "\${active:-absent} \${enabled:-absent}"
}`,
	unmounted: `
show_unmounted() { mounts_below "$1" | shows_lines path; }`,
	cleared: `
show_cleared() { found_of "$@" | shows_lines path; }`,
	object: `
show_object() {
	if [ $api != up ] || [ $known = no ]; then shows is unknown; return; fi
	shows is "\${edition:-absent}"
	case $diffed in
	# Without its head, which names folders of that moment.
	1) [ "$secret" = secret ] || sed '1,/^@@/d' "$D/diff" | shows_bytes diff ;;
	-) ;;
	*) shows diff unknown ;;
	esac
}
show_patch() {
	[ -n "$living" ] || { shows is unknown; return; }
	case $have in *"$nl$object version "*) shows is present ;; *) shows is absent; return ;; esac
	while read -r sign word key rest; do
		IFS=$nl
		for row in $have; do
			case $row in "$object $word $key "*) shows have "\${row#"$object "}" ;; esac
		done
		unset IFS
	done <"$D/$wanted"
}`,
};

export const showShell = [base, ...Object.entries(kinds).map(([kind, shell]) => `${shell || `\nshow_${kind}() { :; }`}\n`)].join(
	'',
);
