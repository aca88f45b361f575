/**
 * The survey as one constant POSIX sh script, for any node with coreutils and util-linux. It changes nothing: what it reads is laid out in a folder
 * of its own on tmpfs, so that every piece can be measured and summed once, with few processes, and is gone at the end.
 *
 * Arguments: the nonce that marks its answer, then `key=value` items (arguments.ts). Answer on stdout, judged by frames.ts:
 *   survey NONCE COUNT        one line
 *   LENGTH NAME               COUNT lines
 *   SHA256  NAME              COUNT lines, same order
 *   the bytes of all frames, one after the other
 *   end NONCE COUNT           one line
 * Private keys and tokens never get into a frame: of a key file its mode and its public half, of a kubeconfig its server and certificates.
 */
import type {Probe} from '../checks/row.ts';

const prologue = `set -u
umask 077
LC_ALL=C PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
nonce=$1
shift
exec </dev/null
for base in /run /dev/shm /tmp; do t=$(mktemp -d "$base/kubestrap-survey.XXXXXXXX" 2>/dev/null) && break; done
[ -n "$t" ] || { echo 'no folder for the survey could be made in /run, /dev/shm or /tmp' >&2; exit 1; }
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM
date +%s%N >"$t/begin" || exit 1
mkdir "$t/out" "$t/err" "$t/text" "$t/pub" || exit 1
: >"$t/codes"
# No frame grows over 4 MiB (blocks of 512 bytes): what tries fails, and says so.
ulimit -f 8192
nl='
'
`;

/**
 * Files. `meta` tells mode, owner, size and name of each; `text` holds the public ones, `pub` the public keys of private ones; `texts` and `pubs` say which.
 * `read` in sh takes a byte at a time, which is dear only for files that nobody has here.
 */
const files = `files() {
	looks=$#
	for item; do case $item in look=*) [ ! -e "\${item#look=}" ] || set -- "$@" "\${item#look=}" ;; esac; done
	shift "$looks"
	plainly=$#
	for root in /etc/kubernetes "$pki"; do
		case $root in '' | /etc/kubernetes/*) continue ;; esac
		for file in "$root"/* "$root"/*/* "$root"/*/*/* "$root"/*/*/*/*; do set -- "$@" "$file"; done
	done
	for file in /etc/fstab /var/lib/kubelet/config.yaml /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/pki/* /var/lib/kubestrap/*; do
		set -- "$@" "$file"
	done
	n=$(($# - plainly))
	[ "$n" -le 4000 ] || { echo "$n files under /etc/kubernetes: too many to look at" >&2; return 1; }
	# Turns the list around once: what was named is kept as it is, what matched is kept if it is a file.
	i=0; n=$#
	while [ "$i" -lt "$n" ]; do
		file=$1; shift; i=$((i + 1))
		case $file in *"$nl"*) continue ;; esac
		if [ "$i" -le "$plainly" ] || [ -f "$file" ]; then set -- "$@" "$file"; fi
	done
	[ $# -gt 0 ] || return 0
	stat -L -c '%a %U:%G %s %n' -- "$@" || return 1
}
public() { # the certificates and public keys of a PEM, whatever else lies in it
	on=
	while read -r line || [ -n "$line" ]; do
		case $line in
		'-----BEGIN CERTIFICATE-----'* | '-----BEGIN PUBLIC KEY-----'*) on=1 ;;
		-----BEGIN*) on= ;;
		esac
		[ -z "$on" ] || printf '%s\\n' "$line"
		case $line in -----END*) on= ;; esac
	done <"$1"
}
kubeconfig() { # the lines that hold no secret
	while read -r name value || [ -n "$name" ]; do
		case $name in server: | certificate-authority-data: | client-certificate-data: | client-certificate:) printf '%s %s\\n' "$name" "$value" ;; esac
	done <"$1"
}
keydata() {
	while read -r name value || [ -n "$name" ]; do
		case $name in client-key-data:) printf '%s\\n' "$value" | base64 -d | openssl pkey -pubout -passin pass: ; return ;; esac
	done <"$1"
}
contents() {
	tool=; ! command -v openssl >/dev/null || tool=1
	i=0
	while read -r mode owner size file; do
		i=$((i + 1)); text=; key=
		case $file in
		/var/lib/kubestrap/token) text=id ;;
		*.key.*) ;;
		/var/lib/kubestrap/*) [ "$size" -gt 4194304 ] || text=plain ;;
		*.crt | *.pub) text=public ;;
		*.key) key=file ;;
		/var/lib/kubelet/pki/kubelet-client-current.pem) text=public key=file ;;
		/etc/kubernetes/*/*.conf) ;;
		/etc/kubernetes/*.conf) text=kubeconfig key=data ;;
		/etc/kubernetes/manifests/*) text=plain ;;
		/etc/fstab) case $mode in *[4567]) text=plain ;; esac ;;
		/var/lib/kubelet/*.yaml | /var/lib/kubelet/*.env) text=plain ;;
		esac
		case $file in /var/lib/kubestrap/*) ;; *) [ "$size" -le 262144 ] || continue ;; esac
		case $text in
		plain) cat -- "$file" >"$t/text/$i" || return 1 ;;
		public) public "$file" >"$t/text/$i" || return 1 ;;
		kubeconfig) kubeconfig "$file" >"$t/text/$i" || return 1 ;;
		id) read -r line <"$file"; printf '%.6s\\n' "$line" >"$t/text/$i" ;;
		esac
		[ -z "$text" ] || printf '%s %s %s\\n' "$i" "$text" "$file" >>"$t/texts"
		[ -n "$tool" ] || continue
		case $key in
		file) openssl pkey -in "$file" -pubout -passin pass: >"$t/pub/$i" 2>/dev/null & ;;
		data) keydata "$file" >"$t/pub/$i" 2>/dev/null & ;;
		*) continue ;;
		esac
		printf '%s %s\\n' "$i" "$file" >>"$t/pubs"
		# Two at a time is as fast as a small machine gets.
		[ $((i % 4)) -ne 0 ] || wait
	done <"$t/out/files"
	wait
}
pki=
for item; do case $item in pki=/etc/kubernetes) ;; pki=*) pki=\${item#pki=} ;; esac; done
`;

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
		sh: `if [ -r /run/systemd/container ]; then read -r line </run/systemd/container; printf '%s\\n' "$line"
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
		sh: `for file in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/default/forwarding /proc/sys/fs/inotify/max_user_instances; do
	[ ! -r "$file" ] || { read -r value <"$file"; printf '%s %s\\n' "$file" "$value"; }
done`,
	},
];

const epilogue = `wait
date +%s%N >"$t/end" || exit 1
cd "$t" || exit 1
set --
for name in begin end codes texts pubs out/* err/* text/* pub/*; do
	case $name in err/*) [ -s "$name" ] || continue ;; esac
	[ ! -f "$name" ] || set -- "$@" "$name"
done
printf 'survey %s %s\\n' "$nonce" "$#"
stat -c '%s %n' -- "$@" || exit 1
sha256sum -- "$@" || exit 1
cat -- "$@" || exit 1
printf 'end %s %s\\n' "$nonce" "$#"
`;

/** Slow looks (name service, file systems that may hang) run beside the others. */
const beside = new Set(['lookup', 'disks', 'externalEtcd']);

/** The script that takes these looks. Its text depends on the table of looks alone, never on a config. Names of looks are plain words. */
export function surveyScript(probes: readonly Probe[]): string {
	const blocks = probes.map((probe) => {
		const {name, sh, deep} = probe;
		const look = `{ (\n${sh}\n) >"$t/out/${name}" 2>"$t/err/${name}"; printf '%s %s\\n' ${name} "$?" >>"$t/codes"; }`;
		return deep ? `[ -z "$deep" ] || ${look}` : beside.has(name) ? `${look} &` : look;
	});
	const asked = 'deep=\nfor item; do case $item in deep=1) deep=1 ;; esac; done\n';
	// Those that run beside begin first.
	const ordered = [...blocks.filter((block) => block.endsWith('&')), ...blocks.filter((block) => !block.endsWith('&'))];
	return [prologue, files, asked, ordered.join('\n'), '\n', epilogue].join('');
}
