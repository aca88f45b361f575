import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';
import {aptShell} from './apt.ts';

/**
 * Packages by one run of apt, without questions: changed settings files of the machine stay, nothing that is installed goes, nothing is recommended.
 * Recorded are all packages that come or change, also those that others need: `null` it was not there, else `VERSION hold|install`.
 */
export const pkg: Kind<'package'> = {
	shell: `${aptShell}${String.raw`
see_package() { # HOLD SOURCES IDLE FROM SPEC…
	keeping=$1 names=
	shift 4
	for spec; do names="$names ${'$'}{spec%%=*}"; done
	look_packages "$names"
	for spec; do is_there "$keeping" "$spec" || { echo "$spec is not there, or not held"; return 1; }; done
}
do_package() {
	keeping=$1 sources=$2 idle=$3 from=$4 names=
	shift 4
	for spec; do
		names="$names ${'$'}{spec%%=*}"
		shift
		if [ -n "$from" ]; then set -- "$@" "$from/${'$'}{spec%%=*}.deb"; else set -- "$@" "$spec"; fi
	done
	apt_environment && free_dpkg && mend_dpkg || return
	free=
	[ "$keeping" != hold ] || free='--allow-downgrades --allow-change-held-packages'
	for source in $sources; do
		say "reading the index of $source"
		fresh "$source" || return
	done
	# What will be done, before it is done: that is what reset has to know.
	if ! apt_get -s install --no-install-recommends --no-remove $free "$@"; then
		[ -z "$from" ] || return
		say "reading the machine's own indexes"
		apt_get update
		apt_get -s install --no-install-recommends --no-remove $free "$@" || return
	fi
	comes=$(sed -n 's/^Inst \([^ ]*\) .*/\1/p' "$said" | tr '\n' ' ')
	# What a bundle has not must be there: apt would get it from the machine's own sources.
	if [ -n "$from" ]; then only_these "$comes" || return; fi
	own_packages "$comes$names" || return
	masked=
	for service in $idle; do
		systemctl is-active -q -- "$service" || { systemctl mask -q --runtime -- "$service" && masked="$masked $service"; } 2>/dev/null
	done
	say "installing $*"
	: >"$S/apt-runs"
	apt_get install -y --no-install-recommends --no-remove $free "$@"
	rc=$?
	for service in $masked; do systemctl unmask -q --runtime -- "$service"; done
	half_done || rm -f "$S/apt-runs"
	[ $rc -eq 0 ] || return
	: >"$S/pending/daemon-reload"
	[ "$keeping" != hold ] || apt-mark hold $names >/dev/null
}
only_these() { # NAMES
	lacking=
	for package in $1; do case " $names " in *" $package "*) ;; *) lacking="$lacking $package" ;; esac; done
	[ -n "$lacking" ] || return 0
	echo "the packages of the bundle need what is neither on this machine nor in the bundle:$lacking"
	echo 'install these first, or run once without the bundle where the machine reaches its own sources'
	return 1
}
own_packages() { # NAMES
	for package in $1; do
		state=$(dpkg-query -W -f '${'$'}{db:Status-Want} ${'$'}{db:Status-Status} ${'$'}{Version}' "$package" 2>/dev/null)
		case $state in
		hold' '[!n]*' '*) state="\"${'$'}{state##* } hold\"" ;;
		install' '[!n]*' '*) state="\"${'$'}{state##* } install\"" ;;
		*) state=null ;;
		esac
		own package "\"$package\"" "$state" || return
	done
}`}`,
	words: ({hold, sources, idle, packages, from = ''}) => [
		hold ? 'hold' : '-',
		sources.join(' '),
		idle.join(' '),
		from,
		...packages.map(({name, version}) => (version === undefined ? name : `${name}=${version}`)),
	],
};

/** What of these can go is asked of dpkg itself: a package that others need stays, and so do its own needs. */
export const purged: Kind<'purged'> = {
	shell: String.raw`
removable() { # NAMES → $removable
	removable=$(dpkg-query -W -f '${'$'}{db:Status-Status} ${'$'}{Package}\n' $1 2>/dev/null | sed -n '/^not-installed /!s/^[^ ]* //p' | tr '\n' ' ')
	while [ -n "$removable" ]; do
		stays=$(dpkg --log=/dev/null --no-act --purge $removable 2>&1 | sed -n 's/^dpkg: error processing package \([^ :]*\).*/\1/p')
		[ -n "$stays" ] || return 0
		left=
		for package in $removable; do case " $(echo $stays) " in *" $package "*) ;; *) left="$left $package" ;; esac; done
		[ "$left" != "$removable" ] || return 0
		removable=$left
	done
}
still_held() { # NAMES
	look_packages "$1"
	for package in $1; do case $there in *"
hi  $package="*) return 0 ;; esac; done
	return 1
}
see_purged() { # GONE UNHELD KEPT
	command -v dpkg-query >/dev/null || return 0
	[ ! -d "$S/kept" ] || return 1
	if still_held "$2"; then return 1; fi
	removable "$1"
	[ -z "$removable" ]
}
do_purged() {
	apt_environment && free_dpkg && mend_dpkg || return
	if still_held "$2"; then apt-mark unhold $2 >/dev/null || return; fi
	removable "$1"
	if [ -n "$removable" ]; then
		# dpkg takes settings files away with their package, whoever made them.
		for file in $3; do
			[ -f "$file" ] && [ ! -e "$S/kept$file" ] || continue
			mkdir -p "$S/kept${'$'}{file%/*}" && cp -a "$file" "$S/kept$file" || return
		done
		: >"$S/apt-runs"
		openly dpkg --purge $removable || return
		rm -f "$S/apt-runs"
		# A folder of the distribution that no package owns: dpkg takes it away when nothing is left in it.
		[ -d /opt ] || openly mkdir /opt || return
	fi
	for file in $3; do
		[ ! -e "$S/kept$file" ] || [ -e "$file" ] || { openly mkdir -p "${'$'}{file%/*}" && cp -a "$S/kept$file" "$file"; } || return
	done
	rm -rf "$S/kept"
}`,
	words: ({packages, unheld, kept}) => [packages.join(' '), unheld.join(' '), kept.map((path) => safePath(path)).join(' ')],
};
