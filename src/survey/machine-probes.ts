import type {Probe} from '../checks/row.ts';

/** The looks that Facts itself is made of. */
export const machineProbes: readonly Probe[] = [
	{name: 'files', sh: 'files "$@"'},
	{name: 'contents', sh: ': >"$t/texts"; : >"$t/pubs"; contents'},
	{name: 'uname', sh: 'uname -sm'},
	{name: 'hostname', sh: 'read -r line </proc/sys/kernel/hostname && printf "%s\\n" "$line"'},
	{name: 'machineId', sh: '[ ! -e /etc/machine-id ] || { read -r line </etc/machine-id; printf "%s\\n" "$line"; }'},
	{name: 'kernel', sh: 'read -r line </proc/sys/kernel/osrelease && printf "%s\\n" "$line"'},
	{name: 'osRelease', sh: '[ -e /etc/os-release ] || exit 0; head -c 65536 /etc/os-release'},
	{name: 'cgroupType', sh: 'stat -fc %T /sys/fs/cgroup'},
	{
		name: 'cgroups',
		sh: 'if [ -e /sys/fs/cgroup/cgroup.controllers ]; then cat /sys/fs/cgroup/cgroup.controllers; else cat /proc/cgroups; fi',
	},
	{
		name: 'container',
		// Where systemd began the machine it wrote down which container it is in; the signs of the few that it does not see are what its tool looks for.
		sh: `none() {
	for sign in /proc/vz /run/host/container-manager /.dockerenv /run/.containerenv; do [ ! -e "$sign" ] || return; done
	read -r release </proc/sys/kernel/osrelease
	case $release in *Microsoft* | *WSL*) return 1 ;; esac
}
if [ -r /run/systemd/container ]; then read -r line </run/systemd/container; printf '%s\\n' "$line"
elif [ -d /run/systemd/system ] && none; then echo none
elif command -v systemd-detect-virt >/dev/null; then systemd-detect-virt -c; :
elif [ -e /.dockerenv ]; then echo docker
else echo none; fi`,
	},
	{
		name: 'status',
		sh: 'while read -r name value; do case $name in Uid: | CapEff: | CapBnd:) printf "%s %s\\n" "$name" "$value" ;; esac; done </proc/self/status',
	},
	{name: 'cpus', sh: 'nproc'},
	{
		name: 'memory',
		sh: 'while read -r name value unit; do case $name in MemTotal:) printf "%s\\n" "$value"; exit ;; esac; done </proc/meminfo; exit 1',
	},
	{name: 'addresses', sh: 'ip -o addr show'},
	{
		name: 'routes',
		// The kernel only looks routes up: nothing is sent. The last two are documentation addresses that only a default route matches.
		sh: `{ for item; do case $item in peer=*) printf 'route get %s\\n' "\${item#peer=}" ;; esac; done; printf 'route get 192.0.2.1\\nroute get 2001:db8::1\\n'; } | ip -o -force -batch - 2>/dev/null; :`,
	},
	{name: 'swaps', sh: 'while read -r line; do printf "%s\\n" "$line"; done </proc/swaps'},
	{
		name: 'runs',
		sh: `for dir in /run/kubestrap/*/; do
	[ -d "$dir" ] || continue
	dir=\${dir%/}; rc=-
	[ ! -r "$dir/rc" ] || read -r rc <"$dir/rc"
	printf '%s %s\\n' "\${rc:--}" "\${dir##*/}"
done`,
	},
	{
		name: 'settings',
		// The kernel gives a number at once or not at all: the byte-wise `read` would see its first digit.
		sh: `grep -Hs '' /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/default/forwarding /proc/sys/fs/inotify/max_user_instances |
	while IFS=: read -r file value; do printf '%s %s\\n' "$file" "$value"; done`,
	},
];
