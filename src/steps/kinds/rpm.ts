import type {Kind} from '../kind.ts';

/**
 * Packages of dnf or zypper, in one run without questions, nothing recommended. Whoever holds their lock is waited for, up to ten minutes, and named.
 * Recorded are all packages that come, also those that others need, before they come; what was there before is not changed.
 */
export const rpms: Kind<'rpms'> = {
	shell: String.raw`
see_rpms() { # TOOL NAMES…
	shift
	rpm -q --quiet --whatprovides -- "$@"
}
# Who holds the lock of the package tools → $holder; empty when nobody does.
rpm_holder() {
	holder=
	for file in /run/zypp.pid /var/run/dnf.pid /var/cache/dnf/*_lock.pid /var/lib/dnf/rpmdb_lock.pid; do
		read -r pid rest 2>/dev/null <"$file" || continue
		[ -d "/proc/$pid" ] && holder="$pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-100 | sed 's/ *$//'))" && return
	done
}
free_rpm() {
	last=-5
	while set +f; rpm_holder; set -f; [ -n "$holder" ]; do
		now
		waited=$(((now - began) / 100))
		if [ "$waited" -ge 600 ]; then echo "the package tool is held for ten minutes now, by process $holder"; return 1; fi
		if [ "$waited" -ge $((last + 2)) ]; then
			say "the package tool is held by process $holder: waited $waited of 600 s"
			last=$waited
		fi
		sleep 0.3
	done
}
# The names that a run of the tool would bring, as it says itself; none where it could not come to that.
coming() { # TOOL NAMES…
	tool_asked=$1
	shift
	case $tool_asked in
	dnf) openly dnf --assumeno --setopt=install_weak_deps=False install "$@" 2>/dev/null |
		sed -n -e '/^Transaction Summary/q' -e '/^Installing/,/^[^ I]/s/^ \([^ ][^ ]*\).*/\1/p' ;;
	zypper) openly env ZYPP_LOCK_TIMEOUT=600 zypper --xmlout --non-interactive install --dry-run --no-recommends --auto-agree-with-licenses -- "$@" 2>/dev/null |
		sed -n '/<to-install/,/<\/to-install/s/.*<solvable type="package" name="\([^"]*\)".*/\1/p' ;;
	esac
}
# Of the names in a file those that were not there before this step are put on record.
own_rpms() { # FILE
	grep -E '^[A-Za-z0-9][A-Za-z0-9._+-]*$' "$1" | sort -u | comm -13 "$D/rpms.$index" - >"$1.own"
	while read -r package; do own package "\"$package\"" null || return; done <"$1.own"
}
do_rpms() {
	tool=$1
	shift
	command -v "$tool" >/dev/null && command -v rpm >/dev/null || { echo "this machine has no $tool"; return 1; }
	free_rpm || return
	rpm -qa --qf '%{NAME}\n' | sort -u >"$D/rpms.$index" || return
	# What will come, before it comes: a run that dies in its midst leaves nothing that reset does not know.
	coming "$tool" "$@" >"$D/coming.$index"
	own_rpms "$D/coming.$index" || return
	say "installing $*"
	rc=0
	case $tool in
	dnf) openly dnf -q -y --setopt=install_weak_deps=False install "$@" || rc=$? ;;
	zypper) openly env ZYPP_LOCK_TIMEOUT=600 zypper --non-interactive --quiet install --no-recommends --auto-agree-with-licenses -- "$@" || rc=$? ;;
	*) rc=64 ;;
	esac
	# And what came that was not foretold, also when the run failed.
	rpm -qa --qf '%{NAME}\n' >"$D/came.$index" && own_rpms "$D/came.$index" || return
	# zypper: 100 and more tell of updates and reboots, 106 of a repository that was left out.
	[ $rc -eq 0 ] || { [ "$tool" = zypper ] && [ $rc -ge 100 ] && [ $rc -ne 104 ]; }
}
rpms_there() { # NAMES → $there
	there=
	for package in $1; do ! rpm -q --quiet -- "$package" || there="$there $package"; done
}
# Those that nothing else needs, one after the other: what others need stays.
see_rpmless() { # NAMES
	command -v rpm >/dev/null || return 0
	rpms_there "$1"
	for package in $there; do ! rpm -e --test -- "$package" >/dev/null 2>&1 || return 1; done
}
do_rpmless() {
	free_rpm || return
	while rpms_there "$1"; [ -n "$there" ]; do
		gone=
		for package in $there; do
			if rpm -e --test -- "$package" >/dev/null 2>&1; then rpm -e -- "$package" || return; gone=yes; fi
		done
		[ -n "$gone" ] || return 0
	done
}`,
	words: ({tool, packages}) => [tool, ...packages],
};

export const rpmless: Kind<'rpmless'> = {shell: '', words: ({packages}) => [packages.join(' ')]};
