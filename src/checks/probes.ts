/** The looks that several checks share. Each prints lines; what they mean is said at the judge that reads them. */
import type {Site} from '../model.ts';
import type {Probe} from './row.ts';

const tools = [
	'losetup mount cp conntrack socat ethtool ip iptables ebtables modprobe sysctl systemctl flock curl wget openssl',
	'kubelet kubeadm kubectl containerd runc crictl docker getenforce',
].join(' ');

/** Listening TCP sockets, `ss -Hltnp`, and `unit PID UNIT` of who listens. `state all` would also show those that do not matter. */
export const sockets: Probe = {
	name: 'sockets',
	sh: `ss -Hltnp >"$t/sockets" 2>/dev/null || exit 127
units=
while IFS= read -r line; do
	printf '%s\\n' "$line"
	case $line in *pid=*) pid=\${line#*pid=}; pid=\${pid%%,*} ;; *) continue ;; esac
	[ -r "/proc/$pid/cgroup" ] || continue
	while IFS=: read -r number kind group; do
		case $group in *.service | *.scope) units="\${units}unit $pid \${group##*/}$nl"; break ;; esac
	done <"/proc/$pid/cgroup"
done <"$t/sockets"
printf %s "$units"`,
};

/** Which of the tools that matter are on the path. */
export const paths: Probe = {
	name: 'paths',
	sh: `for tool in ${tools}; do command -v "$tool" >/dev/null && printf '%s\\n' "$tool"; done; :`,
};

/** Id, LoadState, ActiveState and UnitFileState of units, one block per unit. */
export const services: Probe = {
	name: 'services',
	sh: [
		'command -v systemctl >/dev/null || exit 127',
		'systemctl show --no-pager -p Id -p LoadState -p ActiveState -p UnitFileState \\',
		'kubelet.service containerd.service firewalld.service systemd-resolved.service docker.service crio.service \\',
		"k3s.service k3s-agent.service rke2-server.service rke2-agent.service k0scontroller.service k0sworker.service snap.microk8s.daemon-kubelite.service 'kubestrap-*'",
	].join('\n'),
};

/** `dir=` arguments: PATH<TAB>absent | empty | full | odd. */
export const directories: Probe = {
	name: 'directories',
	sh: `for item; do
	case $item in dir=*) ;; *) continue ;; esac
	dir=\${item#dir=}
	if [ ! -e "$dir" ] && [ ! -L "$dir" ]; then state=absent
	elif [ ! -d "$dir" ]; then state=odd
	else
		state=empty
		for entry in "$dir"/* "$dir"/.[!.]* "$dir"/..?*; do
			if [ -e "$entry" ] || [ -L "$entry" ]; then state=full; break; fi
		done
	fi
	printf '%s\\t%s\\n' "$state" "$dir"
done`,
};

/** File systems that fill up: path, available bytes, size, free inodes, inodes, device, mount point. The nearest folder that exists stands for one that will be made. */
export const disks: Probe = {
	name: 'disks',
	sh: `set -- /var/lib/containerd /var/lib/kubelet /var/lib/kubestrap /var/log /etc /usr/bin /usr/local/bin /opt/cni/bin "$(for item; do case $item in disk=*) printf %s "\${item#disk=}" ;; esac; done)"
n=$#
while [ "$n" -gt 0 ]; do
	dir=\${1:-/}; shift; n=$((n - 1))
	while [ ! -d "$dir" ]; do dir=\${dir%/*}; dir=\${dir:-/}; done
	set -- "$@" "$dir"
done
timeout 5 df -B1 --output=file,avail,size,iavail,itotal,source,target -- "$@"`,
};

/** Where root could not write: a file system that was mounted, or fell back, read-only. */
export const readOnly: Probe = {
	name: 'readOnly',
	sh: 'for dir in /etc /usr/bin /usr/local /opt /var/lib; do [ -d "$dir" ] && [ ! -w "$dir" ] && printf "%s\\n" "$dir"; done; :',
};

/** Proxy variables, as a login gets them and as /etc/environment has them: NAME=VALUE. */
export const proxies: Probe = {
	name: 'proxies',
	sh: `for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
	eval "value=\\\${$name-}"
	[ -z "$value" ] || printf '%s=%s\\n' "$name" "$value"
done
[ ! -r /etc/environment ] || while read -r line || [ -n "$line" ]; do
	case $line in HTTP_PROXY=* | HTTPS_PROXY=* | NO_PROXY=* | http_proxy=* | https_proxy=* | no_proxy=*) printf '%s\\n' "$line" ;; esac
done </etc/environment`,
};

/** Does the node name resolve? The `name=` argument, or the machine's own host name. 124: no answer within a second. */
export const lookup: Probe = {
	name: 'lookup',
	sh: `read -r name </proc/sys/kernel/hostname
for item; do case $item in name=*) name=\${item#name=} ;; esac; done
timeout 1 getent ahosts "$name"`,
};

/** One flag a line: what the kernel and the security modules have switched on. */
export const flags: Probe = {
	name: 'flags',
	sh: `[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || echo br_netfilter
[ ! -e /sys/fs/cgroup/memory ] || echo memory-hierarchy
for freeze in /sys/fs/cgroup/*/cgroup.freeze; do [ ! -e "$freeze" ] || echo cgroup.freeze; break; done
while read -r one two; do case $one$two in *overlay) echo overlay ;; esac; done </proc/filesystems
[ ! -e /sys/fs/selinux/enforce ] || { read -r enforce </sys/fs/selinux/enforce; [ "$enforce" != 1 ] || echo selinux-enforcing; }
for policy in /var/lib/selinux/*/active/modules/*/container; do [ ! -e "$policy" ] || echo selinux-containers; done
[ ! -e /etc/ufw/ufw.conf ] || while read -r line; do [ "$line" != ENABLED=yes ] || echo ufw; done </etc/ufw/ufw.conf
for unit in systemd-timesyncd chronyd chrony ntpd ntpsec; do [ ! -L "/run/systemd/units/invocation:$unit.service" ] || echo "time-sync:$unit"; done
:`,
};

/** Programs that keep the machine's clock right now. */
export const timeServices = ({facts}: Site): string[] =>
	[...(facts.probes[flags.name]?.stdout ?? '').matchAll(/^time-sync:(\S+)$/gm)].map(([, name = '']) => name);

/** The kernel's own configuration, only the options that are judged. 3: no readable configuration is on the machine. */
export const kernelConfig: Probe = {
	name: 'kernelConfig',
	sh: `wanted='^CONFIG_(NAMESPACES|NET_NS|PID_NS|IPC_NS|UTS_NS|CPUSETS|MEMCG|INET|EXT4_FS|PROC_FS|NETFILTER_XT_TARGET_REDIRECT|IP_NF_TARGET_REDIRECT|NETFILTER_XT_MATCH_COMMENT|FAIR_GROUP_SCHED|CGROUPS|CGROUP_CPUACCT|CGROUP_DEVICE|CGROUP_FREEZER|CGROUP_PIDS|CGROUP_SCHED|CGROUP_BPF)='
read -r release </proc/sys/kernel/osrelease
if [ -r /proc/config.gz ]; then gzip -dc </proc/config.gz | grep -E "$wanted"; exit; fi
for file in "/boot/config-$release" "/usr/src/linux-$release/.config" /usr/src/linux/.config "/usr/lib/modules/$release/config" \\
	"/usr/lib/ostree-boot/config-$release" "/usr/lib/kernel/config-$release" "/usr/src/linux-headers-$release/.config" "/lib/modules/$release/build/.config"; do
	if [ -r "$file" ]; then grep -E "$wanted" "$file"; exit; fi
done
exit 3`,
};

/** GET /version of each external etcd endpoint (`etcd=`), with the client certificate on the node: URL<TAB>answer. 127: nothing to ask with. */
export const externalEtcd: Probe = {
	name: 'externalEtcd',
	sh: `ca= cert= key= any=
for item; do case $item in etcd=*) any=1 ;; etcd-ca=*) ca=\${item#*=} ;; etcd-cert=*) cert=\${item#*=} ;; etcd-key=*) key=\${item#*=} ;; esac; done
[ -n "$any" ] || exit 0
command -v curl >/dev/null || exit 127
for item; do
	case $item in etcd=*) ;; *) continue ;; esac
	answer=$(curl -sS --max-time 5 --max-filesize 65536 \${ca:+--cacert "$ca"} \${cert:+--cert "$cert"} \${key:+--key "$key"} -- "\${item#etcd=}/version" 2>&1 | tr '\\n' ' ')
	printf '%s\\t%s\\n' "\${item#etcd=}" "$answer"
done`,
};

/** What the runtime says of itself over its socket. */
export const runtimeStatus: Probe = {name: 'runtimeStatus', deep: true, sh: 'timeout 4 crictl --timeout 2s info 2>&1'};
/** `containerd github.com/… v2.4.2 …` */
export const runtimeVersion: Probe = {name: 'runtimeVersion', deep: true, sh: 'timeout 4 crictl --timeout 2s version 2>&1'};
/** `Kubernetes v1.37.1` */
export const kubeletVersion: Probe = {name: 'kubeletVersion', deep: true, sh: 'timeout 5 kubelet --version'};
/** References of the images in the runtime, one a line. */
export const images: Probe = {
	name: 'images',
	deep: true,
	sh: 'timeout 4 ctr --address /run/containerd/containerd.sock -n k8s.io images ls -q',
};

/** Whether a member of etcd has its write-ahead log in its folder (`dir=`): `some` or `none`. */
export const etcdLog: Probe = {
	name: 'etcdLog',
	sh: `for item; do case $item in dir=*) dir=\${item#dir=} ;; *) continue ;; esac
	[ -e "$dir" ] || continue
	set +f
	log=none
	for file in "$dir"/member/wal/*.wal; do [ ! -e "$file" ] || log=some; done
	echo "$log"
done
:`,
};
