/** States in which machines really are, one by one: how each is made on a real node, and what preflight must say. Data for suites and for README. */
import {rightClock, wrongClock} from './clock.ts';

export type Fault = {
	/** `S1` to `S40`. */
	readonly id: string;
	/** What is wrong, in a line. */
	readonly what: string;
	/** Nodes that it is shown on: containers (`nspawn`), those with a kernel of their own (`uml`), or both. */
	readonly tier: 'nspawn' | 'uml' | 'both';
	/** Nodes that it is made on. */
	readonly on: readonly ('cp1' | 'w1')[];
	/** Shell for root there. Whatever it changes, `mend` gives back. */
	readonly inject: string;
	readonly mend: string;
	/** The finding that must come, at each of those nodes; a state that does no harm has `proof` in its place. */
	readonly finds?: string;
	readonly level?: 'error' | 'warning';
	/** Findings that come with it. */
	readonly also?: readonly string[];
	/** What the evidence must hold. */
	readonly says?: RegExp;
	/** How the config differs. */
	readonly config?: Config;
	/** Why it does no harm, and the shell that is content (exit code 0) when that is so. With `phases` these are done before. */
	readonly proof?: {readonly why: string; readonly sh: string; readonly phases?: readonly string[]};
};

/** `names`: nodes without names; `addresses`: without internalAddress; `debian`: the login is a user with sudo. */
export type Config = 'names' | 'addresses' | 'dual-stack' | 'packages' | 'strict-cgroup' | 'debian';

/** A service that is nobody's. */
const service = (name: string, command: string) =>
	`printf '[Service]\\nExecStart=%s\\n' '${command}' >/etc/systemd/system/${name}.service && systemctl daemon-reload && systemctl start ${name}`;
const noService = (name: string) =>
	`systemctl stop ${name}; rm -f /etc/systemd/system/${name}.service; systemctl daemon-reload; systemctl reset-failed ${name} 2>/dev/null || :`;
/** An authority and a certificate for a name, made by openssl on the node. */
const authority = (file: string) =>
	`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=kubernetes -keyout ${file}.key -out ${file}.crt 2>/dev/null`;
const leaf = (ca: string, subject: string, key: string, out: string) =>
	`openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj ${subject} -keyout ${key} -out /root/leaf.csr 2>/dev/null && openssl x509 -req -in /root/leaf.csr -CA ${ca}.crt -CAkey ${ca}.key -CAcreateserial -days 365 -out ${out} 2>/dev/null; rm -f /root/leaf.csr`;
const oldKubelet = (name: string) =>
	`mkdir -p /var/lib/kubelet/pki /root/old && ${authority('/root/old/ca')} && ${leaf('/root/old/ca', `/O=system:nodes/CN=system:node:${name}`, '/root/old/k.key', '/root/old/k.crt')}; cat /root/old/k.crt /root/old/k.key >/var/lib/kubelet/pki/kubelet-client-current.pem; rm -rf /root/old`;
const mountOver = (path: string, options: string) => `mkdir -p ${path} && mount -t tmpfs -o ${options} tmpfs ${path}`;
const settled = 'rm -rf /var/lib/kubestrap /run/kubestrap';

export const faults: readonly Fault[] = [
	{
		id: 'S1',
		what: 'static manifests of another installation',
		tier: 'both',
		on: ['cp1'],
		inject: 'mkdir -p /etc/kubernetes/manifests && echo "kind: Pod" >/etc/kubernetes/manifests/kube-apiserver.yaml',
		mend: 'rm -r /etc/kubernetes',
		finds: 'FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml',
	},
	{
		id: 'S2',
		what: 'a certificate that its authority did not sign: files of two clusters mixed',
		tier: 'both',
		on: ['cp1'],
		inject: `mkdir -p /etc/kubernetes/pki /root/other && cd /etc/kubernetes/pki && ${authority('ca')} && ${authority('/root/other/ca')} && ${leaf('/root/other/ca', '/CN=kube-apiserver', 'apiserver.key', 'apiserver.crt')}; rm -r /root/other`,
		mend: 'rm -r /etc/kubernetes',
		finds: 'Certificates',
		says: /apiserver/,
	},
	{
		id: 'S3',
		what: "a kubelet's credentials of a cluster that is gone",
		tier: 'both',
		on: ['w1'],
		inject: oldKubelet('w1'),
		mend: 'rm -r /var/lib/kubelet',
		finds: 'Certificates',
		says: /kubelet-client-current\.pem/,
	},
	{
		id: 'S4',
		what: 'data of an old etcd',
		tier: 'both',
		on: ['cp1'],
		inject: 'mkdir -p /var/lib/etcd/member/wal && : >/var/lib/etcd/member/wal/0.wal',
		mend: 'rm -r /var/lib/etcd',
		finds: 'DirAvailable--var-lib-etcd',
	},
	{
		id: 'S5',
		what: 'a port that something else has',
		tier: 'both',
		on: ['w1'],
		inject: `${service('thief', '/usr/bin/socat TCP-LISTEN:10250,fork,reuseaddr /dev/null')}; timeout 5 sh -c 'until ss -Hltn | grep -q :10250; do :; done'`,
		mend: noService('thief'),
		finds: 'Port-10250',
		says: /socat \(pid \d+, thief\.service\)/,
	},
	{
		id: 'S7',
		what: 'a clock that is wrong',
		tier: 'uml',
		on: ['w1'],
		inject: wrongClock(90),
		mend: rightClock,
		finds: 'ClockSkew',
	},
	{
		id: 'S8',
		what: 'a file system that fell back to read-only',
		tier: 'both',
		on: ['w1'],
		inject: 'mount --bind /usr/local /usr/local && mount -o remount,bind,ro /usr/local',
		mend: 'umount /usr/local',
		finds: 'Writable',
		also: ['ReadOnlyFilesystem'],
		says: /\/usr\/local\S*: Read-only file system/,
	},
	{
		id: 'S9',
		what: 'a disk without room for the images',
		tier: 'both',
		on: ['cp1'],
		inject: mountOver('/var/lib/containerd', 'size=300m'),
		mend: 'umount /var/lib/containerd; rmdir /var/lib/containerd',
		finds: 'DiskSpace',
		says: /0\.3 GiB of 0\.3 GiB are free on \/var\/lib\/containerd/,
	},
	{
		id: 'S10',
		what: 'no inodes left',
		tier: 'both',
		on: ['w1'],
		inject: mountOver('/var/lib/containerd', 'size=8g,nr_inodes=64'),
		mend: 'umount /var/lib/containerd; rmdir /var/lib/containerd',
		finds: 'Inodes',
	},
	{
		id: 'S11',
		what: '/tmp noexec does no harm; where programs are installed it does',
		tier: 'both',
		on: ['w1'],
		inject:
			'mount --bind /tmp /tmp && mount -o remount,bind,noexec /tmp && mount --bind /usr/local /usr/local && mount -o remount,bind,noexec /usr/local',
		mend: 'umount /tmp; umount /usr/local',
		finds: 'NoExec',
		says: /^\/usr\/local is mounted noexec/,
	},
	{
		id: 'S12',
		what: "another user's files in /tmp under our names, sticky and protected; the login is not root",
		tier: 'both',
		on: ['cp1', 'w1'],
		config: 'debian',
		inject:
			'for name in kubestrap-survey kubestrap-between kubestrap; do su debian -s /bin/sh -c ": >/tmp/$name"; done; touch /root/mark',
		mend: 'rm -f /tmp/kubestrap* /root/mark',
		proof: {why: 'nothing is ever written to /tmp', sh: 'test -z "$(find /tmp -newer /root/mark ! -path /tmp)"'},
	},
	{
		id: 'S13',
		what: 'two machines of one host name',
		tier: 'both',
		on: ['cp1', 'w1'],
		config: 'names',
		inject: 'hostname >/root/name && hostname twin',
		mend: 'hostname "$(cat /root/name)"; rm /root/name',
		finds: 'DuplicateHostname',
		also: ['Hostname'],
	},
	{
		id: 'S14',
		what: 'a host name that cannot be the name of a Node',
		tier: 'both',
		on: ['w1'],
		config: 'names',
		inject: 'hostname >/root/name && echo Web_Server >/proc/sys/kernel/hostname',
		mend: 'hostname "$(cat /root/name)"; rm /root/name',
		finds: 'NodeName',
		also: ['Hostname'],
	},
	{
		id: 'S15',
		what: 'a host name that has changed since the machine was let in',
		tier: 'both',
		on: ['w1'],
		config: 'names',
		inject: `hostname >/root/name && ${oldKubelet('w1')}; hostname dhcp-17`,
		mend: 'rm -r /var/lib/kubelet; hostname "$(cat /root/name)"; rm /root/name',
		finds: 'HostnameChanged',
		also: ['Hostname', 'Certificates'],
	},
	{
		id: 'S16',
		what: 'its own name does not resolve',
		tier: 'both',
		on: ['w1'],
		inject: 'cp /etc/hosts /root/hosts && sed "/w1/d" /root/hosts >/etc/hosts',
		mend: 'cat /root/hosts >/etc/hosts; rm /root/hosts',
		finds: 'Hostname',
		level: 'warning',
	},
	{
		id: 'S17',
		what: 'clones of one machine: the same machine-id',
		tier: 'both',
		on: ['cp1', 'w1'],
		inject: 'cp /etc/machine-id /root/id && echo 0123456789abcdef0123456789abcdef >/etc/machine-id',
		mend: 'cat /root/id >/etc/machine-id; rm /root/id',
		finds: 'DuplicateMachineID',
	},
	{
		id: 'S18',
		what: 'two network cards of one MAC address',
		tier: 'nspawn',
		on: ['cp1', 'w1'],
		inject: 'ip link add eth7 type veth peer name peer7 && ip link set eth7 address 02:00:00:00:00:07',
		mend: 'ip link del eth7',
		finds: 'DuplicateMAC',
	},
	{
		id: 'S19',
		what: 'IPv6 is off, and the config has two families',
		tier: 'both',
		on: ['w1'],
		config: 'dual-stack',
		inject: 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1',
		mend: 'sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0',
		finds: 'IPv6',
	},
	{
		id: 'S20',
		what: 'a kernel whose modules are not there',
		tier: 'uml',
		on: ['w1'],
		inject:
			'cd /lib/modules/$(uname -r) && find . -name "br_netfilter.ko*" >/root/module && test -s /root/module && mv "$(cat /root/module)" /root/ && depmod -a',
		mend: 'cd /lib/modules/$(uname -r) && mv /root/br_netfilter.ko* "$(cat /root/module)" && rm /root/module && depmod -a',
		finds: 'KernelModules',
		says: /cannot load br_netfilter/,
	},
	{
		id: 'S21',
		what: 'a containerd with the other cgroup driver',
		tier: 'both',
		on: ['cp1'],
		inject: `mkdir -p /etc/containerd && printf '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\\n  SystemdCgroup = false\\n' >/etc/containerd/config.toml`,
		mend: 'rm -r /etc/containerd',
		finds: 'ContainerdConfig',
		level: 'warning',
		says: /SystemdCgroup = false/,
	},
	{
		id: 'S22',
		what: 'a containerd whose package has switched the CRI plugin off',
		tier: 'both',
		on: ['w1'],
		inject: `mkdir -p /etc/containerd && echo 'disabled_plugins = ["cri"]' >/etc/containerd/config.toml`,
		mend: 'rm -r /etc/containerd',
		finds: 'ContainerdConfig',
		level: 'warning',
		says: /disables the CRI plugin/,
	},
	{
		id: 'S23',
		what: 'cgroup v1, and a kubelet that is told to refuse it',
		tier: 'nspawn',
		on: ['cp1', 'w1'],
		config: 'strict-cgroup',
		inject: 'test -e /sys/fs/cgroup/memory/cgroup.procs',
		mend: ':',
		finds: 'SystemVerification',
		says: /cgroup v1/,
	},
	{
		id: 'S25',
		what: 'a packet filter that drops what another node sends',
		tier: 'nspawn',
		on: ['w1'],
		inject: 'iptables -I INPUT -p tcp --dport 10250 -j DROP && iptables -I INPUT -p udp --dport 8472 -j DROP',
		mend: 'iptables -D INPUT -p tcp --dport 10250 -j DROP; iptables -D INPUT -p udp --dport 8472 -j DROP',
		finds: 'Unreachable-10250',
		also: ['Unreachable-8472'],
		says: /cp1 cannot reach w1:10250\/tcp \(the kubelet\): no answer .* a rule there: -A INPUT .*--dport 10250 -j DROP/,
	},
	{
		id: 'S26',
		what: "dpkg's lock is held",
		tier: 'both',
		on: ['cp1'],
		config: 'packages',
		inject: `cat >/root/holder.pl <<'END'
open(F, ">>", "/var/lib/dpkg/lock-frontend") or die;
my $lock = pack("s s x4 q q l", 1, 0, 0, 0, 0);
fcntl(F, 6, $lock) or die;
sleep 600;
END
${service('unattended', '/usr/bin/perl /root/holder.pl')}
timeout 5 sh -c 'until grep -q "POSIX.*:$(stat -c %i /var/lib/dpkg/lock-frontend) " /proc/locks; do :; done'`,
		mend: `${noService('unattended')}; rm /root/holder.pl`,
		finds: 'AptLock',
		level: 'warning',
		says: /lock-frontend is held by perl \(pid \d+\)/,
	},
	{
		id: 'S27',
		what: 'dpkg was killed while it configured a package',
		tier: 'both',
		on: ['w1'],
		config: 'packages',
		inject: `mkdir -p /root/halt/DEBIAN && cd /root/halt/DEBIAN && printf 'Package: halt-test\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@x>\\nDescription: x\\n' >control &&
printf '#!/bin/sh\\n[ -e /root/halt.go ] || { touch /root/halt.at; sleep 100; }\\n' >postinst && chmod 755 postinst && dpkg-deb -b /root/halt /root/halt.deb >/dev/null
(dpkg -i /root/halt.deb >/dev/null 2>&1 & echo $! >/root/halt.pid)
timeout 10 sh -c 'until [ -e /root/halt.at ]; do :; done'; kill -9 "$(cat /root/halt.pid)"; pkill -f '^sleep 100$'; :`,
		mend: 'touch /root/halt.go; dpkg --configure -a >/dev/null 2>&1; dpkg -P halt-test >/dev/null 2>&1; rm -rf /root/halt*',
		finds: 'DpkgInterrupted',
		says: /halt-test/,
	},
	{
		id: 'S30',
		what: 'a proxy in the environment of all services, without exceptions',
		tier: 'both',
		on: ['w1'],
		inject: 'systemctl set-environment HTTPS_PROXY=http://user:hunter2@10.9.9.9:3128',
		mend: 'systemctl unset-environment HTTPS_PROXY',
		finds: 'ServiceProxy',
		level: 'warning',
		says: /https?:\/\/…@10\.9\.9\.9:3128/,
	},
	{
		id: 'S31',
		what: 'a second network card with the same address everywhere (10.0.2.15)',
		tier: 'nspawn',
		on: ['cp1', 'w1'],
		config: 'addresses',
		inject:
			'ip link add eth7 type veth peer name peer7 && ip link set eth7 up && ip link set peer7 up && ip addr add 10.0.2.15/24 dev eth7',
		mend: 'ip link del eth7',
		finds: 'SeveralNetworks',
		level: 'warning',
		says: /\(eth0\) is the address that other nodes will use; it also has 10\.0\.2\.15 \(eth7\)/,
	},
	{
		id: 'S32',
		what: 'resolv.conf leads to the machine itself',
		tier: 'both',
		on: ['w1'],
		inject: 'cp /etc/resolv.conf /root/resolv.conf && echo nameserver 127.0.0.53 >/etc/resolv.conf',
		mend: 'cat /root/resolv.conf >/etc/resolv.conf; rm /root/resolv.conf',
		finds: 'ResolvConf',
	},
	{
		id: 'S33',
		what: 'another Kubernetes is installed',
		tier: 'both',
		on: ['w1'],
		inject: service('k3s', '/bin/sleep 1000'),
		mend: noService('k3s'),
		finds: 'OtherKubernetes',
	},
	{
		id: 'S35',
		what: 'a backup among the static manifests',
		tier: 'both',
		on: ['cp1'],
		inject: 'mkdir -p /etc/kubernetes/manifests && echo "kind: Pod" >/etc/kubernetes/manifests/kube-apiserver.yaml.bak',
		mend: 'rm -r /etc/kubernetes',
		finds: 'ManifestsDir',
	},
	{
		id: 'S36',
		what: 'mounts below what reset empties, with data behind them',
		tier: 'both',
		on: ['w1'],
		inject:
			'mkdir -p /srv/data /var/lib/kubelet/pods/a/b && echo canary >/srv/data/canary && mount --bind /srv/data /var/lib/kubelet/pods/a && mkdir -p /var/lib/kubelet/pods/a/b && mount --bind /srv/data /var/lib/kubelet/pods/a/b',
		mend: 'umount /var/lib/kubelet/pods/a/b /var/lib/kubelet/pods/a; rm -r /var/lib/kubelet; rm -r /srv/data',
		finds: 'MountsBelow',
		level: 'warning',
	},
	{
		id: 'S37',
		what: 'a control plane with one CPU',
		tier: 'nspawn',
		on: ['cp1'],
		inject:
			'cat /sys/fs/cgroup/cpuset/cpuset.cpus >/root/cpus && for group in $(find /sys/fs/cgroup/cpuset -mindepth 1 -depth -type d); do echo 0 >$group/cpuset.cpus; done; echo 0 >/sys/fs/cgroup/cpuset/cpuset.cpus',
		mend: 'cat /root/cpus >/sys/fs/cgroup/cpuset/cpuset.cpus; for group in $(find /sys/fs/cgroup/cpuset -mindepth 1 -type d); do cat /root/cpus >$group/cpuset.cpus; done; rm /root/cpus',
		finds: 'NumCPU',
	},
	{
		id: 'S39',
		what: 'another time zone and another language',
		tier: 'both',
		on: ['cp1', 'w1'],
		inject: `cp /etc/environment /root/environment 2>/dev/null; printf 'LANG=de_DE.UTF-8\\nLC_ALL=de_DE.UTF-8\\nTZ=Asia/Kathmandu\\n' >>/etc/environment; mkdir -p /root/zone && ln -sf /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime`,
		mend: 'rm -f /etc/environment /etc/localtime; [ ! -e /root/environment ] || mv /root/environment /etc/environment; rm -rf /root/zone',
		proof: {why: 'scripts run with LC_ALL=C, and times are seconds since 1970', sh: 'grep -q Kathmandu /etc/environment'},
	},
	{
		id: 'S40',
		what: 'programs for another processor than uname says',
		tier: 'both',
		on: ['w1'],
		inject: `printf '#!/bin/sh\\necho Linux aarch64\\n' >/usr/local/sbin/uname && chmod 755 /usr/local/sbin/uname`,
		mend: 'rm /usr/local/sbin/uname',
		finds: 'Architecture',
	},
	{
		id: 'S34',
		what: 'a login whose umask lets everybody write, or nobody read',
		tier: 'both',
		on: ['cp1', 'w1'],
		inject: `cp /root/.bashrc /root/bashrc.was 2>/dev/null; echo 'umask 000' >/root/.bashrc; [ "$(hostname)" = cp1 ] || echo 'umask 077' >/root/.bashrc`,
		mend: `rm -f /root/.bashrc; [ ! -e /root/bashrc.was ] || mv /root/bashrc.was /root/.bashrc; ${settled}; rm -f /etc/sysctl.d/60-kubestrap* /etc/modules-load.d/60-kubestrap*`,
		proof: {
			why: 'every file that is laid down has a mode of its own',
			phases: ['kernel'],
			sh: 'test "$(stat -c %a /etc/sysctl.d/60-kubestrap.conf /var/lib/kubestrap /var/lib/kubestrap/cluster.json | tr "\\n" " ")" = "644 700 600 "',
		},
	},
	{
		id: 'S38',
		what: 'logind ends what a login leaves behind (KillUserProcesses)',
		tier: 'both',
		on: ['cp1', 'w1'],
		inject: `mkdir -p /etc/systemd/logind.conf.d && printf '[Login]\\nKillUserProcesses=yes\\n' >/etc/systemd/logind.conf.d/kill.conf && systemctl restart systemd-logind`,
		mend: `rm -r /etc/systemd/logind.conf.d; systemctl restart systemd-logind; ${settled}; rm -f /etc/sysctl.d/60-kubestrap* /etc/modules-load.d/60-kubestrap*`,
		proof: {
			why: 'steps are units of systemd, not children of the login',
			phases: ['kernel'],
			sh: 'test -e /etc/sysctl.d/60-kubestrap.conf && test -s /var/lib/kubestrap/owned.ndjson',
		},
	},
];

/** States that other suites make for real, because more than preflight is to be seen: what they show, and where. */
export const shownElsewhere: readonly {
	readonly id: string;
	readonly what: string;
	readonly how: string;
	readonly shown: string;
	readonly suite: string;
}[] = [
	{
		id: 'S6',
		what: 'swap that comes back at the next boot',
		how: 'a line of fstab, a swap unit, a zram generator, on a node with its own kernel',
		shown: 'all three go off for good, the next boot is taken, and reset gives them back',
		suite: '22-own-kernel',
	},
	{
		id: 'S28',
		what: 'a question about a settings file blocks the installation',
		how: 'the settings file of a package that comes is there, and changed',
		shown: 'prevented: no question is asked, and the file stays',
		suite: '14-packages',
	},
	{
		id: 'S29',
		what: 'packages that nobody holds, so that an upgrade restarts them',
		how: 'real apt on bare nodes',
		shown: 'prevented: what is installed is held, and holds are given back as they were',
		suite: '14-packages',
	},
];

/** States that no node of the lab can be brought into. */
export const missing: readonly {readonly id: string; readonly what: string; readonly why: string}[] = [
	{
		id: 'S24',
		what: 'SELinux enforcing, without the policy for containers',
		why: 'the kernels of the lab have no SELinux; the check (SELinux) is tested with values alone',
	},
];
