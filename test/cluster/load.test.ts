import test from 'ava';
import type {ClusterFlags} from '../../src/cluster/flags.ts';
import {fromFlags, load} from '../../src/cluster/load.ts';
import {ConfigError, exitCodes} from '../../src/errors.ts';

const nodes =
	'  nodes:\n    - {name: cp1, role: control-plane, address: 203.0.113.11}\n    - {name: w1, role: worker, address: 203.0.113.21}\n';
const head = 'apiVersion: kubestrap.dev/v1\nkind: Cluster\nmetadata: {name: prod}\nspec:\n';
const kubeadm = (kind: string, body: string) => `---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n${body}`;
const read = (text: string, flags: ClusterFlags = {}) => load(text, {file: '/etc/k/cluster.yaml', home: '/home/op', flags});
const problemsOf = (text: string, flags: ClusterFlags = {}) => {
	try {
		read(text, flags);
	} catch (error) {
		if (error instanceof ConfigError) return error.problems;
		throw error;
	}
	return [];
};
const first = (text: string, flags: ClusterFlags = {}) => problemsOf(text, flags)[0];

test('defaults are those of interfaces.md and of kubeadm', (t) => {
	const cluster = read(head + nodes);
	t.like(cluster, {
		name: 'prod',
		loadBalancer: 'none',
		bindPort: 6443,
		swap: 'off',
		os: {tools: 'check', timeSync: 'check', hostname: 'keep', hosts: 'none', firewall: 'open'},
		network: {cni: 'flannel', flannel: {backend: 'vxlan'}},
		configuration: {
			networking: {serviceSubnet: '10.96.0.0/12', podSubnet: '10.244.0.0/16', dnsDomain: 'cluster.local'},
			kubernetesVersion: 'v1.37.1',
			certificatesDir: '/etc/kubernetes/pki',
			imageRepository: 'registry.k8s.io',
			clusterName: 'prod',
			encryptionAlgorithm: 'RSA-2048',
			certificateValidityPeriod: '8760h0m0s',
			caCertificateValidityPeriod: '87600h0m0s',
			etcd: {local: {dataDir: '/var/lib/etcd'}},
		},
		registration: {
			criSocket: 'unix:///var/run/containerd/containerd.sock',
			imagePullPolicy: 'IfNotPresent',
			imagePullSerial: true,
		},
		timeouts: {controlPlaneSeconds: 240},
	});
	t.deepEqual(cluster.bootstrapTokens, [
		{ttl: '24h0m0s', usages: ['signing', 'authentication'], groups: ['system:bootstrappers:kubeadm:default-node-token']},
	]);
	t.deepEqual(cluster.nodes[0]?.access, {}, 'what nobody said is left to the ssh config');
	t.true(Object.isFrozen(cluster.configuration.networking));
});

test('without a network there is no pod subnet unless asked', (t) => {
	const cluster = read(`${head}  network: {cni: none}\n${nodes}`);
	t.is(cluster.configuration.networking.podSubnet, undefined);
});

test('ssh settings are inherited and completed; paths are relative to the file, ~ is the home', (t) => {
	const cluster = read(
		`${head}  ssh: {user: debian, identityFile: ~/.ssh/id, knownHosts: known_hosts, jump: [bastion, root@gate:2222]}\n  lock: a/kubestrap.lock\n` +
			'  nodes:\n    - {role: control-plane, address: h1, ssh: {port: 2222}}\n    - {role: worker, address: h2, ssh: {user: eve}}\n',
	);
	const shared = {identityFile: '/home/op/.ssh/id', knownHosts: '/etc/k/known_hosts', jump: ['bastion', 'root@gate:2222']};
	t.deepEqual(cluster.nodes[0]?.access, {user: 'debian', port: 2222, ...shared});
	t.deepEqual(cluster.nodes[1]?.access, {user: 'eve', ...shared});
	t.is(cluster.lock, '/etc/k/a/kubestrap.lock');
});

test("kubeadm's kinds complete the cluster", (t) => {
	const cluster = read(
		head +
			nodes +
			kubeadm(
				'ClusterConfiguration',
				'apiServer: {certSANs: [API.example], extraArgs: [{name: v, value: "2"}]}\netcd: {local: {imageTag: 3.7.0-0}}\n',
			) +
			kubeadm(
				'InitConfiguration',
				'localAPIEndpoint: {bindPort: 7443}\nnodeRegistration: {name: CP1, taints: [], kubeletExtraArgs: [{name: v, value: "4"}]}\nbootstrapTokens: [{token: {env: T}, ttl: 0s}]\n',
			) +
			kubeadm('JoinConfiguration', 'nodeRegistration: {taints: [{key: a, effect: NoSchedule}]}\n') +
			'---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 50\n' +
			'---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n',
	);
	t.like(cluster.configuration, {
		apiServer: {certSANs: ['api.example']},
		etcd: {local: {dataDir: '/var/lib/etcd', imageTag: '3.7.0-0'}},
	});
	t.is(cluster.bindPort, 7443);
	t.deepEqual(cluster.nodes[0]?.taints, []);
	t.deepEqual(cluster.nodes[1]?.taints, [{key: 'a', effect: 'NoSchedule'}]);
	t.like(cluster.bootstrapTokens[0], {from: {env: 'T'}, ttl: '0s'});
	t.deepEqual(cluster.kubelet, {maxPods: 50});
	t.deepEqual(cluster.kubeProxy, {mode: 'nftables'});
});

test('kubeadm kinds alone, nodes by flags', (t) => {
	const cluster = read(kubeadm('ClusterConfiguration', 'networking: {podSubnet: 10.10.0.0/16}\n'), {
		controlPlanes: ['debian@10.0.0.1:2222'],
		workers: ['w1', 'root@[fd00::2]:22'],
		nodeName: 'CP',
	});
	t.like(cluster.nodes[0], {name: 'cp', role: 'control-plane', address: '10.0.0.1', access: {user: 'debian', port: 2222}});
	t.like(cluster.nodes[2], {role: 'worker', address: 'fd00::2'});
	t.is(cluster.configuration.clusterName, 'kubernetes');
	t.is(cluster.configuration.networking.podSubnet, '10.10.0.0/16');
});

test('flags alone, on this machine', (t) => {
	const cluster = fromFlags({
		local: true,
		workers: ['w1'],
		cni: 'none',
		tokenTtl: '1h',
		lock: '/l',
		featureGates: 'RootlessControlPlane=false',
	});
	t.like(cluster.nodes[0], {via: 'local', role: 'control-plane', address: 'localhost'});
	t.is(cluster.bootstrapTokens[0]?.ttl, '1h0m0s');
	t.is(cluster.lock, '/l');
	t.deepEqual(cluster.configuration.featureGates, {RootlessControlPlane: false});
});

test('the endpoint is stored with its port', (t) => {
	const endpoint = (text: string) =>
		read(`${head}  controlPlaneEndpoint: "${text}"\n${nodes}`).configuration.controlPlaneEndpoint;
	t.is(endpoint('api.example'), 'api.example:6443');
	t.is(endpoint('fd00::1'), '[fd00::1]:6443');
	t.is(endpoint('[fd00::1]:443'), '[fd00::1]:443');
});

test('with a proxy on each node the endpoint has a name of the cluster and a port of its own, unless it is given', (t) => {
	const several = `  nodes: [{role: control-plane, address: h1}, {role: control-plane, address: h2}]\n`;
	const endpoint = (lines: string) =>
		read(`${head}  loadBalancer: node-proxy\n${lines}${several}`).configuration.controlPlaneEndpoint;
	t.is(endpoint(''), 'api.prod.internal:7443');
	t.is(endpoint('  controlPlaneEndpoint: k8s.example\n'), 'k8s.example:7443');
	t.is(endpoint('  controlPlaneEndpoint: k8s.example:8443\n'), 'k8s.example:8443');
});

test('all problems at once, each with its place, in the order of the file', (t) => {
	const problems = problemsOf(
		'apiVersion: kubestrap.dev/v1\nkind: Cluster\nmetadata: {name: Prod}\nspec:\n  kubernetesVersion: 1.37\n  contolPlaneEndpoint: api\n' +
			'  swap: false\n  nodes:\n    - {name: cp1, role: contol-plane, address: h1}\n    - {name: w1, role: worker, address: h2, usr: x}\n',
	);
	t.deepEqual(
		problems.map(({line, column}) => [line, column]),
		[
			[3, 18],
			[5, 22],
			[6, 3],
			[7, 9],
			[9, 25],
			[10, 45],
		],
	);
	t.is(problems[2]?.hint, 'did you mean controlPlaneEndpoint?');
	t.regex(problems[1]?.hint ?? '', /like v1\.37\.1/);
	t.true(problems.every(({file}) => file === '/etc/k/cluster.yaml'));
	t.is(t.throws(() => read('a: 1'), {instanceOf: ConfigError})?.exit, exitCodes.config);
});

test('the same said differently names both lines', (t) => {
	const problem = first(
		`${head}  network: {podSubnet: 10.1.0.0/16}\n${nodes}${kubeadm('ClusterConfiguration', 'networking: {podSubnet: 10.2.0.0/16}\n')}`,
	);
	t.regex(problem?.message ?? '', /\(line 12\) says "10\.2\.0\.0\/16".*\(line 5\) says "10\.1\.0\.0\/16"/);
	t.is(problem?.line, 12);
	const flag = first(`${head}  kubernetesVersion: v1.37.1\n${nodes}`, {kubernetesVersion: 'v1.36.4'});
	t.regex(flag?.message ?? '', /--kubernetes-version says "v1\.36\.4", but .*line 5/);
	t.deepEqual(
		problemsOf(
			`${head}  kubernetesVersion: v1.37.1\n  certificates: {validity: 24h}\n${nodes}${kubeadm('ClusterConfiguration', 'kubernetesVersion: 1.37.1\ncertificateValidityPeriod: 1440m\n')}`,
		),
		[],
	);
});

const spec = (line: string) => `${head}  ${line}\n${nodes}`;
const node = (fields: string) => `${head}  nodes:\n    - {role: control-plane, address: 203.0.113.11, ${fields}}\n`;
const wrong: Record<string, [text: string, message: RegExp, flags?: ClusterFlags]> = {
	'no nodes': [head.replace('spec:\n', ''), /no nodes/],
	'no control plane': [`${head}  nodes: [{role: worker, address: h}]\n`, /no node is a control plane/],
	'nodes in two places': [head + nodes, /nodes are listed in line \d+ and named by flags/, {workers: ['w']}],
	'the same name twice': [
		`${head}  nodes: [{name: a, role: control-plane, address: h1}, {name: A, role: worker, address: h2}]\n`,
		/the same name a/,
	],
	'the same machine twice': [
		`${head}  nodes: [{name: a, role: control-plane, address: h}, {name: b, role: worker, address: H}]\n`,
		/the same address h/,
	],
	'two control planes without an endpoint': [
		`${head}  nodes: [{role: control-plane, address: a}, {role: control-plane, address: b}]\n`,
		/needs a controlPlaneEndpoint/,
	],
	'an address for the proxy of each node': [
		spec('loadBalancer: node-proxy\n  controlPlaneEndpoint: 10.0.0.9:7443'),
		/10\.0\.0\.9 must be a name of its own/,
	],
	'the name of a node for the proxy of each node': [
		spec('loadBalancer: node-proxy\n  controlPlaneEndpoint: cp1:7443'),
		/cp1 must be a name of its own/,
	],
	"the API server's port for the proxy beside it": [
		spec('loadBalancer: node-proxy\n  controlPlaneEndpoint: api.example:6443'),
		/port 6443, which belongs to the API server/,
	],
	'a port of the kubelet for the proxy': [
		spec('loadBalancer: node-proxy\n  controlPlaneEndpoint: api.example:10250'),
		/port 10250, which belongs to the kubelet/,
	],
	'an unknown version': [spec('kubernetesVersion: v1.30.0'), /v1\.30\.0 is not supported; supported: v1\.37/],
	'a label instead of a version': [spec('kubernetesVersion: stable-1'), /not a release/],
	'subnets that overlap': [spec('network: {podSubnet: 10.96.0.0/16}'), /overlap/],
	'bits beyond the prefix': [spec('network: {podSubnet: 10.1.0.1/16}'), /without bits beyond its prefix/],
	'two subnets of one family': [spec('network: {podSubnet: "10.1.0.0/16,10.2.0.0/16"}'), /one of IPv4 and one of IPv6/],
	'families that differ': [spec('network: {podSubnet: "10.1.0.0/16,fd00::/56"}'), /podSubnet has v4 and v6, serviceSubnet v4/],
	'a service subnet too small': [spec('network: {serviceSubnet: 10.96.0.0/29}'), /less than 10/],
	'a service subnet too big': [spec('network: {serviceSubnet: 11.0.0.0/8}'), /too big/],
	'a pod subnet smaller than a node': [spec('network: {podSubnet: 10.1.0.0/25}'), /smaller than the \/24/],
	'a pod subnet with room for one': [spec('network: {podSubnet: 10.1.0.0/24}'), /room for 1 nodes, not 2/],
	'a node inside the pods': [
		`${head}  nodes: [{role: control-plane, address: 10.244.0.1}]\n`,
		/lies in the cluster's own subnet/,
	],
	'a loopback as internal address': [node('internalAddress: 127.0.0.1'), /other nodes can reach/],
	'a link-local internal address': [node('internalAddress: fe80::1'), /other nodes can reach/],
	'an address of digits that is none': [`${head}  nodes: [{role: control-plane, address: 010.0.0.1}]\n`, /host name or an IP/],
	'a validity of a year': [spec('certificates: {validity: 1y}'), /a duration like/],
	'a validity of nothing': [spec('certificates: {validity: 0s}'), /from a minute/],
	'a plain mirror that nobody named': [spec('mirror: {binaries: "http://m.example"}'), /plain HTTP/],
	'a mirror with a password': [spec('mirror: {binaries: "https://u:p@m.example"}'), /without user/],
	'a host to fill in, in a mirror of images': [
		spec('mirror: {images: {docker.io: ["https://m.example/{host}"]}}'),
		/or \{host\}/,
	],
	'a host to fill in, in a mirror of packages': [spec('mirror: {packages: "https://m.example/{host}"}'), /or \{host\}/],
	'a host to fill in, in a proxy': [spec('proxy: {http: "http://p.example/{host}"}'), /or \{host\}/],
	'a host to fill in, in a mirror of the system': [spec('os: {mirror: "https://m.example/{host}"}'), /or \{host\}/],
	'a word that the machine\u2019s settings do not have': [spec('os: {hostname: change}'), /must be "keep" or "set"/],
	'a field that the machine\u2019s settings do not have': [spec('os: {hostnames: set}'), /unknown key "hostnames"/],
	'something else to fill in': [spec('mirror: {binaries: "https://m.example/{name}"}'), /without user/],
	'an unknown preset': [spec('mirror: cm'), /"cn"/],
	'a port of etcd': [head + nodes + kubeadm('InitConfiguration', 'localAPIEndpoint: {bindPort: 2379}\n'), /belongs to etcd/],
	'a literal token': [
		head + nodes + kubeadm('InitConfiguration', 'bootstrapTokens: [{token: abcdef.0123456789abcdef}]\n'),
		/\{env: NAME\} or \{file: PATH\}/,
	],
	'a token to join with': [
		head + nodes + kubeadm('JoinConfiguration', 'discovery: {tlsBootstrapToken: abcdef.0123456789abcdef}\n'),
		/is a secret/,
	],
	'a certificate key': [head + nodes + kubeadm('InitConfiguration', `certificateKey: ${'a'.repeat(64)}\n`), /is a secret/],
	'a private key': [`${head + nodes}# -----BEGIN RSA PRIVATE KEY-----\n`, /a private key is in the file/],
	'both etcds': [
		head + nodes + kubeadm('ClusterConfiguration', 'etcd: {local: {}, external: {endpoints: ["https://e:2379"]}}\n'),
		/both local and external/,
	],
	'half a client pair': [
		head + nodes + kubeadm('ClusterConfiguration', 'etcd: {external: {endpoints: ["https://e:2379"], certFile: /c}}\n'),
		/both certFile and keyFile/,
	],
	'an unknown gate': [
		head + nodes + kubeadm('ClusterConfiguration', 'featureGates: {Rootless: true}\n'),
		/unknown feature gate Rootless/,
	],
	'an old API version': [
		`${head + nodes}---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n`,
		/v1beta3.*cannot be read/,
	],
	'an unknown kind': [`${head + nodes}---\napiVersion: x/v1\nkind: Clutser\n`, /unknown kind "Clutser"/],
	'a kind twice': [
		head + nodes + kubeadm('InitConfiguration', '') + kubeadm('InitConfiguration', ''),
		/a second InitConfiguration, the first is in line 9/,
	],
	'skipped phases': [head + nodes + kubeadm('InitConfiguration', 'skipPhases: [addon]\n'), /use --skip-phases/],
	'a node-ip for all': [
		head + nodes + kubeadm('InitConfiguration', 'nodeRegistration: {kubeletExtraArgs: [{name: node-ip, value: 10.0.0.1}]}\n'),
		/same on all nodes/,
	],
	'certificates in a top folder': [
		head + nodes + kubeadm('ClusterConfiguration', 'certificatesDir: /pki\n'),
		/certificatesDir must be a folder below a top folder/,
	],
	'etcd in a top folder': [
		head + nodes + kubeadm('ClusterConfiguration', 'etcd: {local: {dataDir: /etcd}}\n'),
		/dataDir must be a folder below a top folder/,
	],
	'a folder of the kubelet that is none': [
		head + nodes + kubeadm('InitConfiguration', 'nodeRegistration: {kubeletExtraArgs: [{name: cert-dir, value: a/../b}]}\n'),
		/cert-dir must be an absolute path/,
	],
	'flannel without kube-proxy': [
		head + nodes + kubeadm('ClusterConfiguration', 'proxy: {disabled: true}\n'),
		/without kube-proxy nothing answers/,
	],
	'all and more': [head + nodes, /stands alone/, {ignorePreflightErrors: ['all', 'Swap']}],
	'a bad flag': [head + nodes, /^--pod-network-cidr "x": must be a subnet/, {podNetworkCidr: 'x'}],
};
for (const [name, [text, message, flags]] of Object.entries(wrong))
	test(`refused: ${name}`, (t) => {
		const problems = problemsOf(text, flags);
		t.true(
			problems.some((problem) => message.test(problem.message)),
			problems.map((problem) => problem.message).join('\n') || 'accepted',
		);
	});

test('no message repeats a literal token', (t) => {
	const text = head + nodes + kubeadm('InitConfiguration', 'bootstrapTokens: [{token: abcdef.0123456789abcdef}]\n');
	t.notRegex(t.throws(() => read(text))?.message ?? '', /abcdef\.0123456789abcdef/);
});

test('binaries may come from a folder of this machine, and be fetched once for all nodes', (t) => {
	const nodes = 'nodes: [{role: control-plane, address: h}]';
	const read = (more: string) =>
		load(`apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec: {${nodes}${more}}\n`, {file: '/etc/k/c.yaml', home: '/home/o'});
	t.is(read('').fetch, 'node');
	t.is(read(', fetch: operator').fetch, 'operator');
	for (const [said, meant] of [
		['./releases/', 'file:///etc/k/releases'],
		['/srv/my files', 'file:///srv/my%20files'],
		['~/releases', 'file:///home/o/releases'],
		['file:///srv/shop', 'file:///srv/shop'],
		['https://m.example/x/', 'https://m.example/x'],
	] as const)
		t.is(read(`, mirror: {binaries: "${said}"}`).mirror.binaries, meant);
	t.throws(() => read(', fetch: nobody'), {instanceOf: ConfigError});
	t.throws(() => read(', mirror: {binaries: "../up"}'), {instanceOf: ConfigError});
});
