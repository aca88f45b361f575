import test from 'ava';
import {applyIgnores, check, checkTable} from '../../src/checks/check.ts';
import {checks} from '../../src/checks/table.ts';
import type {Cluster, Facts, Output, SeenFile, Site} from '../../src/model.ts';
import {cluster, facts, output, site} from './sample.ts';

const file: SeenFile = {mode: '0644', owner: 'root:root', size: 1};
const ownership = {
	clusterId: 'c1',
	name: 'lab',
	writer: '0.1.0',
	fence: 1,
	birthMembers: ['cp1'],
	owned: [{kind: 'dir', name: '/etc/kubernetes', before: null}],
};
const {configuration} = cluster();
const socket = (address: string, port: number, name = 'socat') =>
	`LISTEN 0 5 ${address}:${port} 0.0.0.0:* users:(("${name}",pid=77,fd=5))\n`;
const leave: Partial<Cluster> = {os: {...cluster().os, firewall: 'leave'}};
const unit = (id: string, active = 'active') =>
	output(`Id=kubelet.service\nLoadState=not-found\nActiveState=inactive\n\nId=${id}\nLoadState=loaded\nActiveState=${active}\n`);
const healthyFlags = 'br_netfilter\ncgroup.freeze\noverlay\n';
const oneDisk = (free: number, inodes: number) => {
	const folders = ['/var/lib', '/etc', '/usr/bin', '/opt'];
	return `File Avail 1B-blocks IFree Inodes Filesystem Mounted\n${folders.map((path) => `${path} ${free} 10000000000 ${inodes} 60000 /dev/sda /\n`).join('')}`;
};
const manifests = '/etc/kubernetes/manifests';
const external = {external: {endpoints: ['https://e:2379'], caFile: '/e/ca.crt', certFile: '/e/c.crt', keyFile: '/e/c.key'}};

type Case = {
	title: string;
	seen?: Partial<Facts>;
	probes?: Record<string, Output>;
	over?: Partial<Site>;
	asked?: Partial<Cluster>;
	after?: string[];
	/** LEVEL ID of each finding. */
	finds: string[];
};

const onMachine: Case[] = [
	{title: 'a healthy machine', finds: []},
	{
		title: 'a healthy machine of ours, all phases done',
		seen: {ownership},
		after: ['swap', 'kernel', 'runtime', 'kubelet', 'kubelet-start'],
		finds: [],
	},
	{
		title: 'a login that is not root',
		probes: {status: output('Uid: 1000	1000	1000	1000\nCapBnd: 000001ffffffffff\n')},
		finds: ['error IsPrivilegedUser'],
	},
	{title: 'a small machine', seen: {cpus: 1, memoryMiB: 1699}, finds: ['error NumCPU', 'error Mem']},
	{title: 'a small worker', seen: {cpus: 1, memoryMiB: 1699}, over: {role: 'worker'}, finds: []},
	{
		title: 'missing tools',
		probes: {paths: output('mount\ncp\nsystemctl\nflock\nip\niptables\nethtool\n')},
		finds: ['error FileExisting-losetup', 'warning FileExisting-conntrack', 'warning FileExisting-socat'],
	},
	{
		title: 'disks',
		probes: {
			disks: output(
				'File Avail 1B-blocks IFree Inodes\n/var/lib 1000000000 90000000000 500000 600000\n/var/lib/etcd 9000000000 90000000000 100 600000\n/etc 9000000000 10000000000 0 0\n/run - - - -\n',
			),
		},
		finds: ['error DiskSpace', 'error Inodes'],
	},
	{
		title: 'one file system for everything is looked at once, and all that is written is summed',
		probes: {disks: output(oneDisk(1_900_000_000, 500_000))},
		finds: ['error DiskSpace'],
	},
	{
		title: 'room, but not for what etcd may become',
		probes: {disks: output(oneDisk(4_000_000_000, 500_000))},
		finds: ['warning DiskSpace'],
	},
	{
		title: 'inodes for what is written, and no more',
		probes: {disks: output(oneDisk(9_000_000_000, 5000))},
		finds: ['error Inodes'],
	},
	{title: 'room for all of it', probes: {disks: output(oneDisk(9_000_000_000, 50_000))}, finds: []},
	{
		title: 'programs on a noexec mount, and a mount below what reset empties',
		probes: {
			mounts: output(
				'1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 8:2 / /usr rw,noexec - ext4 /dev/sdb rw\n3 1 0:5 / /tmp rw,noexec - tmpfs tmpfs rw\n4 1 8:3 / /var/lib/kubelet rw shared:1 - ext4 /dev/sdc rw\n5 4 0:9 / /var/lib/kubelet/pods/a\\040b rw - tmpfs tmpfs rw\n',
			),
		},
		finds: ['error NoExec', 'warning MountsBelow'],
	},
	{
		title: 'a resolver on the machine itself',
		probes: {resolvers: output('/etc/resolv.conf\tpresent\n/etc/resolv.conf\t127.0.0.53\n')},
		finds: ['error ResolvConf'],
	},
	{title: 'no resolv.conf', probes: {resolvers: output('/etc/resolv.conf\tabsent\n')}, finds: ['error ResolvConf']},
	{title: 'programs of another processor', probes: {userland: output('   183\n')}, finds: ['error Architecture']},
	{
		title: 'a containerd of the distribution',
		probes: {
			containerdFiles: output(
				'# /etc/containerd/config.toml\ndisabled_plugins = ["cri"]\n# disabled_plugins = []\n[x]\n  SystemdCgroup = false\n# /etc/containerd/conf.d/a.toml\n  SystemdCgroup = false\n',
			),
		},
		finds: ['warning ContainerdConfig', 'warning ContainerdConfig', 'error ContainerdConfig'],
	},
	{
		title: 'a containerd that is as it should be',
		probes: {containerdFiles: output('# /etc/containerd/config.toml\ndisabled_plugins = []\n  SystemdCgroup = true\n')},
		finds: [],
	},
	{
		title: 'a machine that was let in under another name',
		probes: {kubeletSubject: output('subject=CN=system:node:old,O=system:nodes\n')},
		finds: ['error HostnameChanged'],
	},
	{
		title: 'SELinux without a policy',
		probes: {flags: output(healthyFlags + 'selinux-enforcing\ntime-sync:chronyd\n')},
		finds: ['warning SELinux'],
	},
	{
		title: 'SELinux with it',
		probes: {flags: output(healthyFlags + 'selinux-enforcing\ntime-sync:chronyd\nselinux-containers\n')},
		finds: [],
	},
	{
		title: 'networks of somebody else',
		probes: {
			routeTable: output(
				'default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 proto kernel\n10.244.7.0/24 via 10.0.0.9 dev eth1\n10.97.0.1 dev eth1\n',
			),
		},
		finds: ['error RouteOverlap', 'error RouteOverlap'],
	},
	{
		title: 'two networks, one address chosen',
		seen: {
			addresses: [
				{device: 'eth0', address: '10.0.0.1', prefix: 24},
				{device: 'eth1', address: '192.168.1.1', prefix: 24},
				{device: 'docker0', address: '172.17.0.1', prefix: 16},
			],
		},
		finds: ['warning SeveralNetworks'],
	},
	{
		title: 'a dpkg that was cut off is nothing where no package is installed',
		probes: {dpkgAudit: output('dpkg was interrupted\n'), aptLocks: output('/var/lib/dpkg/lock-frontend\t7\tapt-get\n')},
		finds: [],
	},
	{
		title: 'a dpkg that was cut off, and one that is at work',
		probes: {dpkgAudit: output('dpkg was interrupted\n'), aptLocks: output('/var/lib/dpkg/lock-frontend\t7\tapt-get\n')},
		asked: {kubernetes: {source: 'packages'}},
		finds: ['warning AptLock', 'error DpkgInterrupted'],
	},
	{title: 'a read-only file system', probes: {readOnly: output('/var/lib\n')}, finds: ['error ReadOnlyFilesystem']},
	{title: 'an old kernel', seen: {kernel: '4.19.0-amd64'}, finds: ['warning SystemVerification']},
	{title: 'no kernel configuration', probes: {kernelConfig: output('', 3)}, finds: ['error SystemVerification']},
	{
		title: 'no kernel configuration in a container',
		seen: {container: 'lxc'},
		probes: {kernelConfig: output('', 3), settings: output('/proc/sys/fs/inotify/max_user_instances 1024\n')},
		finds: ['warning SystemVerification'],
	},
	{
		title: 'a kernel without options',
		probes: {kernelConfig: output('CONFIG_NAMESPACES=y\nCONFIG_IP_NF_TARGET_REDIRECT=m\n')},
		finds: ['error SystemVerification'],
	},
	{
		title: 'cgroup controllers are missing',
		probes: {cgroups: output('cpu memory hugetlb io\n')},
		finds: ['error SystemVerification'],
	},
	{
		title: 'cgroup v1 in a container without CAP_SYS_RESOURCE',
		seen: {cgroup: 'v1', container: 'systemd-nspawn', capSysResource: false},
		probes: {
			cgroups: output(
				'#subsys_name	hierarchy	num_cgroups	enabled\n' +
					'cpu cpuacct cpuset devices freezer memory pids blkio'
						.split(' ')
						.map((name) => `${name}	1	1	1\n`)
						.join('') +
					'hugetlb	1	1	0\n',
			),
			flags: output('memory-hierarchy\noverlay\n'),
			kernelConfig: output('', 3),
		},
		finds: [
			'warning SystemVerification',
			'warning SystemVerification',
			'warning SystemVerification',
			'warning KernelModules',
			'warning CapSysResource',
			'warning InotifyInstances',
		],
	},
	{
		title: 'cgroup v1 where the config refuses it',
		seen: {cgroup: 'v1'},
		asked: {kubelet: {failCgroupV1: true}},
		probes: {
			cgroups: output(
				'cpu cpuacct cpuset devices freezer memory pids blkio hugetlb'
					.split(' ')
					.map((name) => `${name} 1 1 1\n`)
					.join(''),
			),
			kernelConfig: output(
				'NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CPUSETS MEMCG INET EXT4_FS PROC_FS NETFILTER_XT_TARGET_REDIRECT NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS CGROUP_SCHED'
					.split(' ')
					.map((name) => `CONFIG_${name}=y\n`)
					.join(''),
			),
		},
		finds: ['error SystemVerification'],
	},
	{title: 'swap is turned off by us', seen: {swaps: ['/dev/sda2']}, finds: []},
	{title: 'swap is still on', seen: {swaps: ['/dev/sda2']}, after: ['swap'], finds: ['warning Swap']},
	{
		title: "the host's swap",
		seen: {swaps: ['/dev/sda2'], container: 'lxc'},
		probes: {settings: output('/proc/sys/fs/inotify/max_user_instances 1024\n')},
		finds: ['error SwapOfHost'],
	},
	{title: 'swap may be on', seen: {swaps: ['/dev/sda2']}, asked: {swap: 'ignore'}, after: ['swap'], finds: []},
	{title: 'forwarding is off', probes: {settings: output('/proc/sys/net/ipv4/ip_forward 0\n')}, finds: []},
	{
		title: 'forwarding is still off',
		probes: {settings: output('/proc/sys/net/ipv4/ip_forward 0\n')},
		after: ['kernel'],
		finds: ['error FileContent--proc-sys-net-ipv4-ip_forward'],
	},
	{
		title: 'two families',
		asked: {configuration: {...configuration, networking: {...configuration.networking, podSubnet: '10.244.0.0/16,fd00::/56'}}},
		after: ['kernel'],
		finds: ['error FileContent--proc-sys-net-ipv6-conf-default-forwarding'],
	},
	{
		title: 'ports are taken',
		probes: {
			sockets: output(
				socket('0.0.0.0', 6443) +
					socket('10.0.0.1', 2379) +
					socket('127.0.0.1', 2380) +
					socket('[::]', 10250) +
					socket('*', 10256) +
					socket('*', 22),
			),
		},
		finds: ['error Port-6443', 'error Port-2379', 'error Port-10250', 'warning Port-10256'],
	},
	{
		title: 'in 1.36 etcd looks at all addresses',
		asked: {configuration: {...configuration, kubernetesVersion: 'v1.36.4'}},
		probes: {sockets: output(socket('127.0.0.1', 2380))},
		finds: ['error Port-2380'],
	},
	{title: 'ports of ours', seen: {ownership}, probes: {sockets: output(socket('*', 6443, 'kube-apiserver'))}, finds: []},
	{
		title: 'a worker needs less',
		over: {role: 'worker'},
		probes: {sockets: output(socket('*', 6443) + socket('*', 10250))},
		finds: ['error Port-10250'],
	},
	{
		title: "a port that the node's own proxy needs, on a cluster that gets it later",
		seen: {ownership},
		asked: {loadBalancer: 'node-proxy', configuration: {...configuration, controlPlaneEndpoint: 'api.lab.internal:7443'}},
		probes: {sockets: output(socket('127.0.0.1', 7443))},
		finds: ['error Port-7443'],
	},
	{
		title: "the node's own proxy",
		seen: {ownership, files: {[`${manifests}/kubestrap-node-proxy.yaml`]: file}},
		asked: {loadBalancer: 'node-proxy', configuration: {...configuration, controlPlaneEndpoint: 'api.lab.internal:7443'}},
		probes: {sockets: output(socket('*', 7443))},
		finds: [],
	},
	{
		title: 'a name for the proxy that leads elsewhere on the node',
		asked: {loadBalancer: 'node-proxy', configuration: {...configuration, controlPlaneEndpoint: 'api.lab.internal:7443'}},
		probes: {hostLines: output('/etc/hosts\t127.0.0.1 localhost\n/etc/hosts\t10.0.0.9\tx API.lab.internal # old\n')},
		finds: ['error NodeProxyName'],
	},
	{
		title: 'firewalld that shall be left',
		probes: {closedFirewalls: output('firewalld\n')},
		asked: leave,
		finds: ['warning Firewalld'],
	},
	{
		title: 'a file behind ours that turns forwarding off, and one that says the same',
		probes: {
			sysctlFiles: output(
				'10-a.conf\t/etc/sysctl.d/10-a.conf\tnet.ipv4.ip_forward=0\n99-a.conf\t/etc/sysctl.d/99-a.conf\tvm.swappiness = 0\n~ufw\t/etc/ufw/sysctl.conf\tnet/ipv4/ip_forward=0\n',
			),
		},
		finds: ['warning SysctlAfterBoot'],
	},
	{
		title: 'a module that is kept out at boot',
		probes: {keptOut: output('/etc/modprobe.d/x.conf\tblacklist br_netfilter\n')},
		finds: ['warning ModuleAfterBoot'],
	},
	{
		title: 'a clock that nothing keeps',
		probes: {flags: output('br_netfilter\ncgroup.freeze\noverlay\n')},
		finds: ['warning TimeSync'],
	},
	{
		title: 'a clock that will be kept',
		probes: {flags: output('br_netfilter\ncgroup.freeze\noverlay\n')},
		asked: {os: {...cluster().os, timeSync: 'install'}},
		finds: [],
	},
	{title: 'a time server that does not answer', probes: {clockSet: output('no\n')}, finds: ['warning TimeSync']},
	{title: 'ufw that shall be left', probes: {closedFirewalls: output('ufw\n')}, asked: leave, finds: ['warning Ufw']},
	{
		title: 'rules of nftables that shall be left',
		probes: {closedFirewalls: output('chains\n')},
		asked: leave,
		finds: ['warning PacketFilter'],
	},
	{title: 'a firewall that will be opened', probes: {closedFirewalls: output('ufw\nfirewalld\nchains\n')}, finds: []},
	{title: 'k3s', probes: {services: unit('k3s.service', 'inactive')}, finds: ['error OtherKubernetes']},
	{title: 'its own name does not resolve', probes: {lookup: output('', 124)}, finds: ['warning Hostname']},
	{title: 'a name that no Node can have', over: {name: 'CP_1'}, finds: ['error NodeName']},
	{
		title: 'a proxy',
		probes: {proxies: output('HTTPS_PROXY=http://user:word@proxy:3128\nNO_PROXY=10.96.0.0/12\n')},
		finds: ['warning HTTPProxy', 'warning HTTPProxyCIDR'],
	},
	{
		title: 'a proxy with exceptions',
		probes: {proxies: output('https_proxy=http://proxy:3128\nno_proxy=10.0.0.0/8\n')},
		finds: [],
	},
	{title: 'no address', over: {address: ''}, seen: {addresses: []}, finds: ['error NodeAddress']},
	{title: "somebody else's address", over: {address: '203.0.113.1'}, finds: ['error NodeAddress']},
	{
		title: 'an address inside a network of the cluster',
		over: {address: '10.244.3.4'},
		seen: {addresses: [{device: 'e', address: '10.244.3.4', prefix: 24}]},
		finds: ['error NetworkOverlap'],
	},
	{
		title: "another cluster's files",
		seen: {
			files: {
				'/etc/kubernetes/manifests/etcd.yaml': file,
				'/etc/kubernetes/manifests/etcd.yaml.bak': file,
				'/etc/kubernetes/kubelet.conf': file,
				'/etc/kubernetes/pki/ca.crt': file,
			},
		},
		probes: {directories: output('full\t/var/lib/etcd\n')},
		finds: ['error FileAvailable--etc-kubernetes-manifests-etcd.yaml', 'error DirAvailable--var-lib-etcd', 'error ManifestsDir'],
	},
	{
		title: "another cluster's files on a worker",
		over: {role: 'worker'},
		seen: {files: {'/etc/kubernetes/kubelet.conf': file, '/etc/kubernetes/pki/ca.crt': file}},
		finds: ['error FileAvailable--etc-kubernetes-kubelet.conf', 'error FileAvailable--etc-kubernetes-pki-ca.crt'],
	},
	{
		title: 'files of ours',
		seen: {ownership, files: {'/etc/kubernetes/manifests/etcd.yaml': file}},
		probes: {directories: output('full\t/var/lib/etcd\n')},
		finds: [],
	},
	{title: 'an empty folder', probes: {directories: output('empty\t/var/lib/etcd\n')}, finds: []},
	{
		title: "a machine of another cluster of kubestrap's",
		seen: {ownership: {...ownership, name: 'other'}},
		finds: ['error OtherCluster'],
	},
	{title: 'limited swap on cgroup v2', asked: {swap: 'limited'}, finds: []},
	{
		title: 'limited swap on cgroup v1',
		asked: {swap: 'limited'},
		seen: {cgroup: 'v1'},
		probes: {
			cgroups: output(
				'cpu cpuacct cpuset devices freezer memory pids blkio hugetlb net_cls net_prio'
					.split(' ')
					.map((name) => `${name}\t1\t1\t1\n`)
					.join(''),
			),
		},
		// The sample's kernel has the options of cgroup v2 only.
		finds: ['error SystemVerification', 'warning SystemVerification', 'error LimitedSwap'],
	},
	{
		title: 'a living cluster that the config does not describe any more',
		seen: {
			ownership,
			files: {
				[`${manifests}/kube-apiserver.yaml`]: {
					...file,
					text: '    - --service-cluster-ip-range=10.112.0.0/12\n    image: registry.k8s.io/kube-apiserver:v1.36.4\n',
				},
				[`${manifests}/kube-controller-manager.yaml`]: {...file, text: '    - --cluster-cidr=10.1.0.0/16\n'},
				[`${manifests}/etcd.yaml`]: {...file, text: '    - --data-dir=/srv/etcd\n'},
			},
		},
		finds: ['error ClusterChanged', 'error ClusterChanged', 'error ClusterChanged', 'error ClusterChanged'],
	},
	{
		title: 'a living cluster as the config has it, with an argument of its own',
		asked: {
			configuration: {...configuration, apiServer: {extraArgs: [{name: 'service-cluster-ip-range', value: '10.112.0.0/12'}]}},
		},
		seen: {
			ownership,
			files: {
				[`${manifests}/kube-apiserver.yaml`]: {
					...file,
					text: '    - --service-cluster-ip-range=10.112.0.0/12\n    image: registry.k8s.io/kube-apiserver:v1.37.1\n',
				},
				[`${manifests}/kube-controller-manager.yaml`]: {...file, text: '    - --cluster-cidr=10.244.0.0/16\n'},
				[`${manifests}/etcd.yaml`]: {...file, text: '    - --data-dir=/var/lib/etcd\n'},
			},
		},
		finds: [],
	},
	{
		title: 'an old external etcd',
		asked: {configuration: {...configuration, etcd: external}},
		seen: {files: {'/e/ca.crt': file, '/e/c.crt': file}},
		probes: {
			externalEtcd: output(
				'https://e:2379\t{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}\nhttps://f:2379\tcurl: (7) refused\nhttps://g:2379\t{"etcdserver":"3.6.1"}\n',
			),
		},
		finds: ['error ExternalEtcdClientCertificates', 'error ExternalEtcdVersion', 'error ExternalEtcdVersion'],
	},
	{
		title: 'a runtime at rest',
		after: ['runtime'],
		probes: {runtimeStatus: output('connect: no such file', 1)},
		finds: ['error CRI'],
	},
	{
		title: 'an old runtime that is not ready',
		after: ['runtime'],
		probes: {
			runtimeStatus: output('{"status": {"conditions": [{"message": "", "status": false, "type": "RuntimeReady"}]}}'),
			runtimeVersion: output('RuntimeName:  containerd\nRuntimeVersion:  v1.7.2\n'),
		},
		finds: ['error CRI', 'warning ContainerRuntimeVersion'],
	},
	{
		title: 'a kubelet from the future',
		after: ['kubelet'],
		probes: {kubeletVersion: output('Kubernetes v1.38.0\n')},
		finds: ['error KubeletVersion'],
	},
	{
		title: 'a kubelet that does not run',
		after: ['kubelet'],
		probes: {kubeletVersion: output('', 126)},
		finds: ['error KubeletVersion'],
	},
	{
		title: 'a kubelet that is not enabled',
		after: ['kubelet-start'],
		probes: {services: unit('kubelet.service')},
		finds: ['warning Service-kubelet'],
	},
	{
		title: 'images are missing',
		after: ['images'],
		probes: {
			images: output(
				'kube-apiserver:v1.37.1 kube-controller-manager:v1.37.1 kube-scheduler:v1.37.1 kube-proxy:v1.37.1 coredns/coredns:v1.14.6 pause:3.10.2'
					.split(' ')
					.map((name) => `registry.k8s.io/${name}\n`)
					.join(''),
			),
		},
		finds: ['error ImagePull'],
	},
	{title: 'a clock that differs from ours', seen: {clockSkewMs: -300_000}, finds: ['error ClockSkew']},
	{title: 'no machine id', seen: {machineId: ''}, finds: ['warning MachineID']},
];

/** A remedy is something to paste: a command, or a field of the config. */
const command =
	/(?:^|[\s(:;,`"'])(?:apt-get|cat|chmod|containerd|crictl|curl|dmesg|dnf|dpkg|du|echo|etcd|file|findmnt|grep|grubby|hostnamectl|ip|journalctl|kill|kubeadm|kubestrap|ln|ls|modprobe|mount|mv|ping|ps|rm|scp|sed|ss|sudo|swapoff|sysctl|systemctl|systemd-\S+|tar|timedatectl|umount|update-\S+|virsh|zypper) [-\w"'/$.+|*]|systemd-machine-id-setup|`[a-zA-Z.]+(?::|`)|\b[a-zA-Z]+: \S+$|: \S+ into the config$|^nothing to do/;
/** Where there is none: hardware, whom to log in as, and an etcd that somebody else keeps. */
const noCommand = /^(?:NumCPU|Mem|IsPrivilegedUser|ExternalEtcdVersion)$/;

for (const {title, seen = {}, probes = {}, over = {}, asked = {}, after = [], finds} of onMachine) {
	test(title, (t) => {
		const one = site({...over, facts: facts({...seen, probes})});
		const first = site({
			facts: facts({machineId: 'other', addresses: [{device: 'eth0', address: '10.0.0.8', prefix: 24}]}),
			address: '10.0.0.8',
			name: 'first',
		});
		const sites = one.role === 'worker' ? [first, one] : [one];
		const findings = check(cluster(asked), sites, {after});
		t.deepEqual(
			findings.map(({level, id}) => `${level} ${id}`),
			finds,
		);
		for (const {id, evidence, remedy} of findings) {
			t.regex(evidence, /\S/);
			t.true(command.test(remedy) || noCommand.test(id), `${id}: ${remedy}`);
			t.notRegex(evidence, /word@/);
		}
	});
}

test('what was made true on some machines is judged on those alone', (t) => {
	const swaps = ['/dev/sda2'];
	const machines = ['cp1', 'w1'].map((name, at) =>
		site({
			name,
			address: `10.0.0.${at + 1}`,
			facts: facts({swaps, machineId: name, addresses: [{device: 'eth0', address: `10.0.0.${at + 1}`, prefix: 24}]}),
		}),
	);
	const on = (after: Parameters<typeof check>[2]) =>
		check(cluster({}), machines, {bare: false, ...after}).map(({node, id}) => `${node} ${id}`);
	t.deepEqual(on({after: ({name}) => (name === 'w1' ? ['swap'] : [])}), ['w1 Swap']);
	t.deepEqual(on({after: ['swap']}), ['cp1 Swap', 'w1 Swap']);
});

test('machines that are the same in what must differ: said of each of them, all at once', (t) => {
	const sites = [
		site(),
		site({role: 'worker'}),
		site({
			name: 'w2',
			address: '10.0.0.3',
			role: 'worker',
			facts: facts({machineId: 'x', addresses: [{device: 'e', address: '10.0.0.3', prefix: 24}]}),
		}),
	];
	const found = check(cluster(), sites).map(({node, id}) => `${node} ${id}`);
	t.deepEqual(
		found,
		[
			'DuplicateHostname',
			'DuplicateAddress',
			'DuplicateMachineID',
			'DuplicateHostname',
			'DuplicateAddress',
			'DuplicateMachineID',
		].map((id) => `cp1 ${id}`),
	);
});

test('clocks are compared with the median of all', (t) => {
	const at = (name: string, clockSkewMs: number) =>
		site({name, address: '', role: 'worker', facts: facts({clockSkewMs, machineId: name})});
	const skews = (...all: number[]) =>
		check(cluster(), [
			site({name: 'first', facts: facts({machineId: 'first', clockSkewMs: all[0] ?? 0})}),
			...all.slice(1).map((ms, index) => at(`w${index}`, ms)),
		])
			.filter(({id}) => id === 'ClockSkew')
			.map(({node, level}) => `${node} ${level}`);
	t.deepEqual(skews(0, 500, 1900), []);
	t.deepEqual(skews(0, 100, 5000), ['w1 warning']);
	t.deepEqual(skews(0, 100, -40_000), ['w1 error']);
	t.deepEqual(skews(100_000, 100_000, 100_000), ['first warning', 'w0 warning', 'w1 warning']);
});

test('nodes of two clusters of one name', (t) => {
	const sites = ['c1', 'c2'].map((clusterId, index) =>
		site({
			name: `n${index}`,
			role: index === 0 ? 'control-plane' : 'worker',
			address: `10.0.0.${index + 1}`,
			facts: facts({
				machineId: clusterId,
				ownership: {...ownership, clusterId},
				addresses: [{device: 'e', address: `10.0.0.${index + 1}`, prefix: 24}],
			}),
		}),
	);
	t.deepEqual(
		check(cluster(), sites).map(({node, id}) => `${node} ${id}`),
		['n0 OtherCluster', 'n1 OtherCluster'],
	);
});

test('ignored errors become warnings, without regard to case; warnings stay what they are', (t) => {
	const findings = check(cluster(), [site({facts: facts({cpus: 1, memoryMiB: 10, probes: {lookup: output('', 2)}})})]);
	const levels = (...names: string[]) => applyIgnores(findings, names).map(({id, level}) => `${id} ${level}`);
	t.deepEqual(levels(), ['NumCPU error', 'Mem error', 'Hostname warning']);
	t.deepEqual(levels('numcpu', 'Nothing'), ['NumCPU warning', 'Mem error', 'Hostname warning']);
	t.deepEqual(levels('ALL'), ['NumCPU warning', 'Mem warning', 'Hostname warning']);
});

test('what a hostile machine says is shown without its tricks', (t) => {
	const evil = '\u001b[2J\u001b]0;x\u0007"; reboot\n';
	const one = site({
		name: evil,
		facts: facts({
			container: evil,
			capSysResource: false,
			probes: {sockets: output(socket('*', 6443, evil.trim()))},
			files: {[`/etc/kubernetes/manifests/${evil}`]: file},
		}),
	});
	for (const {evidence, remedy} of check(cluster(), [one])) t.notRegex(evidence + remedy, /\p{Cc}/u);
});

test('the table has every check of kubeadm', (t) => {
	const names = new Set(
		checkTable()
			.filter(({from}) => from === 'kubeadm')
			.map(({name}) => name),
	);
	t.deepEqual([...names].sort(), [
		'CRI',
		'ContainerRuntimeVersion',
		'DirAvailable-<path>',
		'ExternalEtcdClientCertificates',
		'ExternalEtcdVersion',
		'FileAvailable-<path>',
		'FileContent-<path>',
		'FileExisting-cp',
		'FileExisting-losetup',
		'FileExisting-mount',
		'Firewalld',
		'HTTPProxy',
		'HTTPProxyCIDR',
		'Hostname',
		'ImagePull',
		'IsPrivilegedUser',
		'KubeletVersion',
		'KubernetesVersion',
		'Mem',
		'NumCPU',
		'Port-<port>',
		'Service-kubelet',
		'Swap',
		'SystemVerification',
	]);
});

test('looks have names that fit a file, one look a name', (t) => {
	const probes = new Set(checks.flatMap((row) => row.probes ?? []));
	t.is(new Set([...probes].map(({name}) => name)).size, probes.size);
	for (const {name} of probes) t.regex(name, /^[a-zA-Z]+$/);
});

test('a bundle needs two and a half times its size on the disk of a machine that has nothing of it yet', (t) => {
	const disks = output(
		'File Avail 1B-blocks IFree Inodes\n/var/lib 5000000000 6000000000 500000 600000\n/etc 90000000 100000000 0 0\n',
	);
	const found = (bundleBytes: number, ours = false) => {
		const one = site({facts: facts({probes: {disks}, ...(ours ? {ownership} : {})})});
		return check(cluster(), [one], {bundleBytes}).filter(({id}) => id === 'BundleSpace');
	};
	t.deepEqual(found(1_900_000_000), []);
	t.is(found(2_100_000_000).length, 1);
	t.regex(found(2_100_000_000)[0]!.evidence, /^4\.7 GiB are free on \/var\/lib, and the bundle needs 4\.9 GiB$/);
	t.deepEqual(found(2_100_000_000, true), []);
});
