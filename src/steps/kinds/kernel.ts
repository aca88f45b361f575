import type {Kind} from '../kind.ts';

export const sysctl: Kind<'sysctl'> = {
	shell: String.raw`
see_sysctl() { # FILE VALUE
	[ -r "$1" ] || return
	set -- $2 / $(cat "$1")
	wanted=
	while [ "$1" != / ]; do wanted="$wanted $1"; shift; done
	shift
	[ "$wanted" = " $*" ]
}
do_sysctl() {
	[ -e "$1" ] || { echo "$1 does not exist: its kernel module is not loaded, or the kernel was built without it"; return 1; }
	record "\"$(tr '\t"\\' '   ' <"$1")\"" && wrote "$1" "sysctl $(echo $2)" || return
	(printf '%s\n' "$2" >"$1") || {
		echo "$1 is $(cat "$1") and cannot be set to $2 from here: when this machine is a container, its host has to set it"
		return 1
	}
}`,
	words: ({name, value}) => [sysctlFile(name), value],
};

/** A dot separates, as sysctl has it; a name with slashes keeps its dots. */
export const sysctlFile = (name: string): string => `/proc/sys/${name.includes('/') ? name : name.replaceAll('.', '/')}`;

export const module: Kind<'module'> = {
	shell: String.raw`
see_module() { # NAME: loaded, or built in, or seen by what it does
	[ -d "/sys/module/$1" ] && return
	case $1 in
	overlay) grep -qw overlay /proc/filesystems && return ;;
	br_netfilter) [ -d /proc/sys/net/bridge ] && return ;;
	esac
	grep -qs "/$1\.ko" "/lib/modules/$(uname -r)/modules.builtin"
}
do_module() {
	record null || return
	modprobe -- "$1" || { echo "kernel $(uname -r) has no module $1: install the package of its modules, or reboot into the kernel that has them"; return 1; }
}`,
	words: ({name}) => [name.replaceAll('-', '_')],
};
