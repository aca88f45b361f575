/** A cluster and sites for tests of checks, surveys and causes: healthy, until a test says otherwise. */
import {probes} from '../../src/checks/table.ts';
import type {Cluster, Facts, NodeSpec, Output, Site} from '../../src/model.ts';

export const spec = (over: Partial<NodeSpec> = {}): NodeSpec => ({
	name: 'cp1',
	role: 'control-plane',
	address: '10.0.0.1',
	via: 'ssh',
	access: {user: 'root', port: 22, jump: []},
	labels: {},
	...over,
});

export const cluster = (over: Partial<Cluster> = {}): Cluster => ({
	name: 'lab',
	loadBalancer: 'none',
	configuration: {
		apiServer: {},
		controllerManager: {},
		scheduler: {},
		etcd: {local: {dataDir: '/var/lib/etcd'}},
		dns: {},
		proxy: {},
		networking: {serviceSubnet: '10.96.0.0/12', podSubnet: '10.244.0.0/16', dnsDomain: 'cluster.local'},
		kubernetesVersion: 'v1.37.1',
		certificatesDir: '/etc/kubernetes/pki',
		imageRepository: 'registry.k8s.io',
		clusterName: 'kubernetes',
		encryptionAlgorithm: 'RSA-2048',
		certificateValidityPeriod: '8760h0m0s',
		caCertificateValidityPeriod: '87600h0m0s',
	},
	bindPort: 6443,
	registration: {
		criSocket: 'unix:///var/run/containerd/containerd.sock',
		kubeletExtraArgs: [],
		ignorePreflightErrors: [],
		imagePullPolicy: 'IfNotPresent',
		imagePullSerial: false,
	},
	bootstrapTokens: [],
	network: {cni: 'flannel', flannel: {backend: 'vxlan'}},
	swap: 'off',
	kubelet: {},
	kubeProxy: {},
	patches: [],
	nodes: [spec()],
	runtime: {source: 'binaries', package: 'containerd'},
	kubernetes: {source: 'binaries'},
	fetch: 'node',
	os: {tools: 'check', timeSync: 'check', hostname: 'keep', hosts: 'none', firewall: 'open'},
	mirror: {images: {}, insecure: []},
	ignorePreflightErrors: [],
	timeouts: {controlPlaneSeconds: 240},
	...over,
});

export const output = (stdout: string, code = 0): Output => ({code, stdout, stderr: ''});

const kernelOptions =
	'NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CPUSETS MEMCG INET EXT4_FS PROC_FS NETFILTER_XT_TARGET_REDIRECT NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED CGROUPS CGROUP_BPF CGROUP_PIDS CGROUP_SCHED';

const healthy: Readonly<Record<string, Output>> = {
	...Object.fromEntries(probes.map(({name}) => [name, output('')])),
	status: output('Uid: 0	0	0	0\nCapBnd: 000001ffffffffff\n'),
	cgroups: output('cpuset cpu io memory hugetlb pids rdma misc\n'),
	flags: output('br_netfilter\ncgroup.freeze\noverlay\ntime-sync:systemd-timesyncd\n'),
	kernelConfig: output(
		kernelOptions
			.split(' ')
			.map((name) => `CONFIG_${name}=y\n`)
			.join(''),
	),
	abilities: output('modules\nmodule:nft_chain_nat\nmodule:iptable_nat\nmodule:overlay\nmodule:br_netfilter\nclock-speed\n'),
	paths: output('losetup\nmount\ncp\nsystemctl\nflock\nip\niptables\nconntrack\nethtool\nsocat\n'),
	lookup: output('10.0.0.1 STREAM cp1\n'),
	families: output('all 0\ndefault 0\nloopback\n'),
	userland: output('    62\n'),
	resolvers: output('/etc/resolv.conf\tpresent\n/etc/resolv.conf\t10.0.0.53\n'),
	settings: output('/proc/sys/net/ipv4/ip_forward 1\n/proc/sys/fs/inotify/max_user_instances 128\n'),
	runtimeStatus: output('{"status": {"conditions": [{"type": "RuntimeReady", "status": true}]}}'),
	runtimeVersion: output('RuntimeName:  containerd\nRuntimeVersion:  v2.4.2\n'),
	kubeletVersion: output('Kubernetes v1.37.1\n'),
	services: output('Id=kubelet.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n'),
};

export const facts = ({probes: answers = {}, ...over}: Partial<Facts> = {}): Facts => ({
	hostname: 'cp1',
	machineId: '0123456789abcdef0123456789abcdef',
	arch: 'amd64',
	os: {id: 'debian', idLike: [], versionId: '12', pretty: 'Debian GNU/Linux 12 (bookworm)'},
	kernel: '6.1.0-40-amd64',
	cgroup: 'v2',
	capSysResource: true,
	cpus: 2,
	memoryMiB: 4096,
	addresses: [{device: 'eth0', address: '10.0.0.1', prefix: 24}],
	defaultAddress: {v4: '10.0.0.1'},
	resolvConf: '/etc/resolv.conf',
	swaps: [],
	clockSkewMs: 0,
	files: {},
	units: [],
	probes: {...healthy, ...answers},
	...over,
});

export const site = (over: Partial<Site> = {}): Site => {
	const {name = 'cp1', role = 'control-plane', address = '10.0.0.1'} = over;
	return {name, role, address, spec: spec({name, role, address}), facts: facts(), ...over};
};
