import test from 'ava';
import {load} from '../../src/cluster/load.ts';
import {ConfigError} from '../../src/errors.ts';

/** Texts that would run, leave a line, or climb a path if anybody took them as they are. */
const poison = [
	"a'b",
	'a"b',
	'$(reboot)',
	'`reboot`',
	'a;b',
	'a\nb',
	'a\r\nb',
	'-oProxyCommand=x',
	'../../etc',
	'a b',
	'a\\b',
	'',
	'\u0000',
	'a\u202eb',
	'аpi',
	'|x',
	'&x',
	'${X}',
	'%s',
];
/** Every field whose value reaches a machine or a command line. */
const fields: Record<string, (value: string) => string> = {
	'metadata.name': (v) => cluster({}, v),
	controlPlaneEndpoint: (v) => cluster({controlPlaneEndpoint: v}),
	podSubnet: (v) => cluster({network: {podSubnet: v}}),
	serviceSubnet: (v) => cluster({network: {serviceSubnet: v}}),
	dnsDomain: (v) => cluster({network: {dnsDomain: v}}),
	cni: (v) => cluster({network: {cni: v}}),
	validity: (v) => cluster({certificates: {validity: v}}),
	kubernetesVersion: (v) => cluster({kubernetesVersion: v}),
	'ssh.user': (v) => cluster({ssh: {user: v}}),
	'ssh.jump': (v) => cluster({ssh: {jump: [v]}}),
	'ssh.jump host': (v) => cluster({ssh: {jump: [`a@${v}`]}}),
	'node name': (v) => cluster({nodes: [{role: 'control-plane', address: 'h', name: v}]}),
	'node address': (v) => cluster({nodes: [{role: 'control-plane', address: v}]}),
	internalAddress: (v) => cluster({nodes: [{role: 'control-plane', address: 'h', internalAddress: v}]}),
	hostKey: (v) => cluster({nodes: [{role: 'control-plane', address: 'h', hostKey: v}]}),
	'label key': (v) => cluster({nodes: [{role: 'control-plane', address: 'h', labels: {[v]: 'x'}}]}),
	'taint key': (v) => cluster({nodes: [{role: 'control-plane', address: 'h', taints: [{key: v, effect: 'NoExecute'}]}]}),
	'mirror host': (v) => cluster({mirror: {images: {[v]: ['https://m']}}}),
	'mirror url': (v) => cluster({mirror: {images: {'docker.io': [v]}}}),
	'mirror binaries': (v) => cluster({mirror: {binaries: v}}),
	insecure: (v) => cluster({mirror: {insecure: [v]}}),
	certificatesDir: (v) => kubeadm('ClusterConfiguration', {certificatesDir: v}),
	'certificatesDir below': (v) => kubeadm('ClusterConfiguration', {certificatesDir: `/a/${v}`}),
	dataDir: (v) => kubeadm('ClusterConfiguration', {etcd: {local: {dataDir: v}}}),
	imageRepository: (v) => kubeadm('ClusterConfiguration', {imageRepository: v}),
	'imageRepository below': (v) => kubeadm('ClusterConfiguration', {imageRepository: `r.example/${v}`}),
	imageTag: (v) => kubeadm('ClusterConfiguration', {etcd: {local: {imageTag: v}}}),
	certSANs: (v) => kubeadm('ClusterConfiguration', {apiServer: {certSANs: [v]}}),
	'argument name': (v) => kubeadm('ClusterConfiguration', {apiServer: {extraArgs: [{name: v, value: 'x'}]}}),
	'etcd endpoint': (v) => kubeadm('ClusterConfiguration', {etcd: {external: {endpoints: [v]}}}),
	'volume name': (v) =>
		kubeadm('ClusterConfiguration', {apiServer: {extraVolumes: [{name: v, hostPath: '/a', mountPath: '/a'}]}}),
	hostPath: (v) => kubeadm('ClusterConfiguration', {apiServer: {extraVolumes: [{name: 'a', hostPath: v, mountPath: '/a'}]}}),
	'env name': (v) => kubeadm('ClusterConfiguration', {apiServer: {extraEnvs: [{name: v, value: 'x'}]}}),
	criSocket: (v) => kubeadm('InitConfiguration', {nodeRegistration: {criSocket: v}}),
	'criSocket below': (v) => kubeadm('InitConfiguration', {nodeRegistration: {criSocket: `unix:///run/${v}`}}),
	advertiseAddress: (v) => kubeadm('InitConfiguration', {localAPIEndpoint: {advertiseAddress: v}}),
	'kubelet argument': (v) => kubeadm('InitConfiguration', {nodeRegistration: {kubeletExtraArgs: [{name: v, value: 'x'}]}}),
	'token ttl': (v) => kubeadm('InitConfiguration', {bootstrapTokens: [{ttl: v}]}),
	'token group': (v) => kubeadm('InitConfiguration', {bootstrapTokens: [{groups: [`system:bootstrappers:${v}`]}]}),
	'token environment': (v) => kubeadm('InitConfiguration', {bootstrapTokens: [{token: {env: v}}]}),
};
/** A name of a folder may begin with a dash when a / stands before it. */
const harmless: Record<string, string[]> = {
	'certificatesDir below': ['-oProxyCommand=x'],
	'criSocket below': ['-oProxyCommand=x'],
};

const nodes = [{role: 'control-plane', address: 'h'}];
function cluster(spec: object, name = 'a'): string {
	return JSON.stringify({apiVersion: 'kubestrap.dev/v1', kind: 'Cluster', metadata: {name}, spec: {nodes, ...spec}});
}
function kubeadm(kind: string, fields: object): string {
	return `${cluster({})}\n---\n${JSON.stringify({apiVersion: 'kubeadm.k8s.io/v1beta4', kind, ...fields})}`;
}

for (const [name, text] of Object.entries(fields))
	for (const value of poison.filter((one) => !harmless[name]?.includes(one)))
		test(`${name} is not ${JSON.stringify(value)}`, (t) => {
			const error = t.throws(() => load(text(value), {file: 'x'}), {instanceOf: ConfigError});
			t.true((error?.problems.length ?? 0) > 0);
			t.true(error?.problems.every(({line}) => line !== undefined));
		});

test('arguments of the kubelet hold no blank and no quote, any argument one line', (t) => {
	const kubelet = (value: string) => () =>
		load(kubeadm('InitConfiguration', {nodeRegistration: {kubeletExtraArgs: [{name: 'v', value}]}}), {file: 'x'});
	const other = (value: string) => () =>
		load(kubeadm('ClusterConfiguration', {scheduler: {extraArgs: [{name: 'v', value}]}}), {file: 'x'});
	for (const value of ['a b', 'a"b', "a'b", 'a\\b', 'a\nb']) t.throws(kubelet(value), {instanceOf: ConfigError}, value);
	t.throws(other('a\nb'), {instanceOf: ConfigError});
	t.notThrows(kubelet('memory.available<100Mi'));
	t.notThrows(other('a "quoted" $(text)'));
});

/** Every kind of value in the place of every field: problems or a cluster, never a crash. */
test('wrong types everywhere are problems, never crashes', (t) => {
	const whole = {
		apiVersion: 'kubestrap.dev/v1',
		kind: 'Cluster',
		metadata: {name: 'a'},
		spec: {
			kubernetesVersion: 'v1.37.1',
			controlPlaneEndpoint: 'a',
			loadBalancer: 'external',
			swap: 'off',
			os: {mirror: 'ustc', tools: 'install', timeSync: 'install', hostname: 'set', hosts: 'block', firewall: 'leave'},
			lock: 'l',
			mirror: {images: {'docker.io': ['https://m']}, ca: '/dev/null', insecure: ['a:1']},
			network: {
				podSubnet: '10.1.0.0/16',
				serviceSubnet: '10.2.0.0/16',
				dnsDomain: 'a',
				cni: 'flannel',
				flannel: {backend: 'vxlan'},
			},
			certificates: {algorithm: 'RSA-2048', validity: '1h', caValidity: '1h'},
			ssh: {user: 'a', port: 1, identityFile: 'a', jump: ['a@b']},
			nodes: [
				{
					name: 'a',
					role: 'control-plane',
					via: 'ssh',
					address: 'h',
					internalAddress: '10.0.0.1',
					labels: {a: 'b'},
					taints: [{key: 'a', effect: 'NoExecute'}],
					ssh: {user: 'a'},
				},
			],
		},
	};
	const values = [null, true, -1, 0, 1.5, 2 ** 31, '', 'x', [], [null], {}, {x: 1}, [[]], 'a'.repeat(10_000)];
	const walk = (at: unknown, path: (string | number)[]): void => {
		for (const value of values) {
			const copy = structuredClone(whole);
			let target = copy as Record<string | number, unknown>;
			for (const name of path.slice(0, -1)) target = target[name] as typeof target;
			if (path.length > 0) target[path.at(-1)!] = value;
			try {
				load(JSON.stringify(path.length > 0 ? copy : value), {file: 'x'});
			} catch (error) {
				if (!(error instanceof ConfigError)) t.fail(`${path.join('.')} = ${JSON.stringify(value)}: ${String(error)}`);
			}
		}
		if (typeof at === 'object' && at !== null)
			for (const [key, value] of Object.entries(at)) walk(value, [...path, Array.isArray(at) ? Number(key) : key]);
	};
	walk(whole, []);
	t.pass();
});

test('names with a meaning in JavaScript change nothing', (t) => {
	for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
		t.throws(
			() =>
				load(
					`apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec: {nodes: [{role: control-plane, address: h}], ${key}: {swap: x}}\n`,
					{file: 'x'},
				),
			{instanceOf: ConfigError},
			key,
		);
		t.throws(() => load(`apiVersion: a\nkind: ${key}\n`, {file: 'x'}), {instanceOf: ConfigError}, key);
	}
	t.is(({} as Record<string, unknown>).swap, undefined);
});

test('what a message quotes of a file does not steer the terminal', (t) => {
	const text = cluster({nodes: [{role: 'control-plane', address: 'h', labels: {'zo\rne': 'x'}}]});
	const error = t.throws(() => load(text, {file: 'x'}), {instanceOf: ConfigError});
	t.regex(error!.message, /zo\\u000dne/);
	t.notRegex(error!.message, /\r/);
});

test('5,000 nodes are read in seconds', (t) => {
	const many = Array.from({length: 5000}, (_, i) => ({
		role: i === 0 ? 'control-plane' : 'worker',
		address: `h${i}`,
		name: `n${i}`,
	}));
	const begin = performance.now();
	t.is(
		load(
			cluster({nodes: many, network: {podSubnet: '10.0.0.0/8', serviceSubnet: '172.16.0.0/16', cni: 'flannel'}}).replace(
				'10.0.0.0/8',
				'10.0.0.0/11',
			),
			{file: 'x'},
		).nodes.length,
		5000,
	);
	t.true(performance.now() - begin < 20_000);
});
