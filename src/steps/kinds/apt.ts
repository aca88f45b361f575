/**
 * How packages are changed on a machine that others change too. Locks are waited for, their holder named, never removed; a dpkg that was cut off
 * is mended only when it was ours: the mark `apt-runs` lies there for as long as a run of ours is not through.
 */
export const aptShell = String.raw`
# Who holds a lock of dpkg or apt → $holder, "PID (COMMAND)"; empty when nobody does.
lock_holder() {
	holder=
	for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
		inode=$(stat -c %i "$file" 2>/dev/null) || continue
		while read -r number type advice access pid place rest; do
			[ "${'$'}{place##*:}" = "$inode" ] && [ "$type" != FLOCK ] && [ "$pid" -gt 0 ] 2>/dev/null || continue
			# The number of a file may be that of another one elsewhere.
			find "/proc/$pid/fd" -lname "$file" 2>/dev/null | grep -q . || continue
			holder="$pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-100 | sed 's/ *$//'))"
			return
		done </proc/locks
	done
}
free_dpkg() {
	last=-5
	while lock_holder; [ -n "$holder" ]; do
		now
		waited=$(((now - began) / 100))
		if [ "$waited" -ge 600 ]; then echo "the lock of dpkg is held for ten minutes now, by process $holder"; return 1; fi
		if [ "$waited" -ge $((last + 2)) ]; then
			say "the lock of dpkg is held by process $holder: waited $waited of 600 s"
			last=$waited
		fi
		sleep 0.3
	done
}
# Packages that dpkg has not come to an end with → $half; its own journal counts as one.
half_done() {
	half=$(dpkg-query -W -f '${'$'}{db:Status-Status} ${'$'}{Package}\n' 2>/dev/null |
		sed -n -E 's/^(half-installed|half-configured|unpacked|triggers-awaited|triggers-pending) //p' | tr '\n' ' ')
	[ -z "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || half="$half(journal)"
	[ -n "$half" ]
}
mend_dpkg() {
	half_done || { rm -f "$S/apt-runs"; return 0; }
	if [ ! -e "$S/apt-runs" ]; then
		echo "dpkg was interrupted on this machine, and not by kubestrap: ${'$'}{half% }"
		return 1
	fi
	say "an earlier run was cut off in the middle of dpkg: dpkg --configure -a"
	openly dpkg --force-confold --configure -a
	# What was cut off while it was unpacked is unpacked anew by the installation.
	return 0
}
# What packages make by their scripts is for all to read, as it is when an administrator installs them.
openly() { (umask 022 && exec "$@"); }
# apt_get WORDS…: what it says goes to $said. Somebody may take the lock between our look and its own.
apt_get() {
	said=$D/apt.$index
	while :; do
		free_dpkg || return
		if openly apt-get -q -o DPkg::Lock::Timeout=60 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold -o Acquire::Retries=2 \
			"$@" >"$said" 2>&1; then cat "$said"; return 0; fi
		cat "$said"
		grep -Eq '^E: (Could not get lock|Unable to acquire|Unable to lock)' "$said" || return 1
		now
		[ $(((now - began) / 100)) -lt 600 ] || return 1
		sleep 0.5
	done
}
# The indexes of one source, all or nothing: apt itself would go on with old ones.
fresh() { # FILE
	apt_get update -o Dir::Etc::sourcelist="/etc/apt/sources.list.d/$1" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \
		-o APT::Update::Error-Mode=any || return
	! grep -Eq '^(W: (Failed to fetch|GPG error|An error occurred during the signature)|E:|Err:)' "$said"
}
# A package is whole, and held where that is wanted; SPEC is its name, or NAME=VERSION.
is_there() { # HOLD SPEC
	case $2 in
	*=*) spelled="$2
" ;;
	*) spelled="$2=" ;;
	esac
	case $there in *"
hi  $spelled"*) return 0 ;; esac
	[ "$1" != hold ] || return 1
	case $there in *"
ii  $spelled"*) return 0 ;; esac
	return 1
}
look_packages() { # NAMES
	there="
$(dpkg-query -W -f '${'$'}{db:Status-Abbrev} ${'$'}{Package}=${'$'}{Version}\n' $1 2>/dev/null)
"
}
apt_environment() {
	command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || { echo 'this machine has no apt: packages can be installed on Debian and Ubuntu'; return 1; }
	DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
	export DEBIAN_FRONTEND UCF_FORCE_CONFFOLD NEEDRESTART_SUSPEND APT_LISTCHANGES_FRONTEND
}
`;
