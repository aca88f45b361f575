/** Every field of a config that takes a text: where a hostile value is put. They follow from these documents, which a test holds against the schema. */
import {toYaml} from '../../src/yaml.ts';
import {type Json, put} from './spoil.ts';

/** A place in one of the documents; `key`: the name itself is replaced. */
export type Field = {
	readonly name: string;
	readonly from: number;
	readonly document: number;
	readonly path: readonly string[];
	readonly key?: true;
};

const kubeadm = 'kubeadm.k8s.io/v1beta4';
const pair = [{name: 'v', value: '3'}];
const volume = [{name: 'logs', hostPath: '/var/log/audit', mountPath: '/var/log/audit', pathType: 'DirectoryOrCreate'}];
const env = [{name: 'TZ', value: 'UTC'}];
const component = {extraArgs: pair, extraVolumes: volume, extraEnvs: env};

const cluster = {
	apiVersion: 'kubestrap.dev/v1',
	kind: 'Cluster',
	metadata: {name: 'prod'},
	spec: {
		kubernetesVersion: 'v1.37.1',
		controlPlaneEndpoint: 'api.prod.example:6443',
		loadBalancer: 'external',
		network: {
			podSubnet: '10.244.0.0/16',
			serviceSubnet: '10.96.0.0/12',
			dnsDomain: 'cluster.local',
			cni: 'flannel',
			flannel: {backend: 'vxlan'},
		},
		certificates: {algorithm: 'ECDSA-P256', validity: '8760h', caValidity: '87600h'},
		swap: 'off',
		ssh: {user: 'root', port: 22, identityFile: '/k/id', knownHosts: '/k/known', jump: ['user@bastion:22'], configFile: 'none'},
		runtime: {source: 'packages', package: 'containerd'},
		kubernetes: {source: 'binaries'},
		fetch: 'node',
		os: {
			mirror: 'https://os.example/debian',
			timeSync: 'install',
			hostname: 'set',
			hosts: 'block',
			firewall: 'open',
			tools: 'install',
		},
		proxy: {http: 'http://proxy.example:3128', https: 'http://proxy.example:3128', noProxy: ['.example']},
		mirror: {
			images: {'registry.k8s.io': ['https://r.example/k8s']},
			binaries: 'https://m.example',
			packages: {kubernetes: 'https://p.example/k8s', docker: 'https://p.example/docker'},
			auth: '/k/config.json',
			insecure: ['h.example:5000'],
		},
		lock: 'kubestrap.lock',
		nodes: [
			{
				name: 'cp1',
				role: 'control-plane',
				via: 'ssh',
				address: 'h1.example',
				internalAddress: '10.9.0.1',
				hostKey: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
				labels: {zone: 'a'},
				taints: [{key: 'a', value: 'b', effect: 'NoExecute'}],
				ssh: {user: 'debian', port: 22, identityFile: '/k/id', knownHosts: '/k/known', jump: ['bastion']},
			},
			{name: 'w1', role: 'worker', address: '203.0.113.12', labels: {zone: 'b'}},
		],
	},
};
const init = {
	apiVersion: kubeadm,
	kind: 'InitConfiguration',
	bootstrapTokens: [
		{ttl: '24h', usages: ['signing', 'authentication'], groups: ['system:bootstrappers:a'], description: 'for all'},
	],
	nodeRegistration: {
		name: 'cp1',
		criSocket: 'unix:///run/containerd/containerd.sock',
		kubeletExtraArgs: pair,
		ignorePreflightErrors: ['Swap'],
		imagePullPolicy: 'IfNotPresent',
	},
};
const stacked = {
	apiVersion: kubeadm,
	kind: 'ClusterConfiguration',
	certificatesDir: '/etc/kubernetes/pki',
	imageRepository: 'registry.k8s.io',
	apiServer: {...component, certSANs: ['x.example']},
	controllerManager: component,
	scheduler: component,
	dns: {imageRepository: 'registry.k8s.io/coredns', imageTag: 'v1.14.6'},
	etcd: {
		local: {
			dataDir: '/var/lib/etcd',
			imageRepository: 'registry.k8s.io',
			imageTag: '3.7.0-0',
			extraArgs: pair,
			extraEnvs: env,
			serverCertSANs: ['e.example'],
			peerCertSANs: ['e.example'],
		},
	},
};
const external = {
	apiVersion: kubeadm,
	kind: 'ClusterConfiguration',
	etcd: {external: {endpoints: ['https://e.example:2379'], caFile: '/e/ca.crt', certFile: '/e/c.crt', keyFile: '/e/c.key'}},
};
const kubelet = {
	apiVersion: 'kubelet.config.k8s.io/v1beta1',
	kind: 'KubeletConfiguration',
	clusterDomain: 'cluster.local',
	evictionHard: {'memory.available': '100Mi'},
	systemReserved: {cpu: '100m'},
};
const proxy = {
	apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
	kind: 'KubeProxyConfiguration',
	mode: 'iptables',
	nodePortAddresses: ['primary'],
};

/** Config files, each of which is right as it stands. */
export const configs: readonly (readonly Json[])[] = [
	[cluster],
	[{...cluster, spec: {...cluster.spec, runtime: {source: 'binaries'}}}, init, stacked, kubelet, proxy],
	[cluster, external],
];

/** Where a document says what it is, nothing else is said. */
const isHead = (path: readonly string[]) => path.length === 1 && (path[0] === 'apiVersion' || path[0] === 'kind');
/** Maps whose keys are chosen by people. */
const isMap = (path: readonly string[]) => ['labels', 'images', 'evictionHard', 'systemReserved'].includes(path.at(-2) ?? '');

function leaves(value: unknown, path: readonly string[]): (readonly string[])[] {
	if (typeof value !== 'object' || value === null) return [path];
	return Object.entries(value).flatMap(([key, below]) => leaves(below, [...path, key]));
}

export const fields: readonly Field[] = configs.flatMap((config, from) =>
	config.flatMap((document, index) =>
		// The Cluster is the same in each file: once is enough.
		from > 0 && index === 0
			? []
			: leaves(document, [])
					.filter((path) => !isHead(path))
					.flatMap((path): Field[] => {
						const name = `${String(document.kind)}.${path.join('.')}`;
						const one = {name, from, document: index, path};
						const names = path.flatMap((_, at) =>
							isMap(path.slice(0, at + 1))
								? [{...one, name: `${name} (key)`, path: path.slice(0, at + 1), key: true as const}]
								: [],
						);
						return [one, ...names];
					}),
	),
);

/** The documents of a field's file, with this value in its place. */
export function documents({from, document, path, key}: Field, value: string): Json[] {
	const copy = structuredClone(configs[from]!) as Json[];
	let at: Json = copy[document]!;
	for (const name of path.slice(0, -1)) at = at[name] as Json;
	const last = path.at(-1)!;
	if (key === undefined) at[last] = value;
	else {
		put(at, value, at[last]);
		if (value !== last) delete at[last];
	}
	return copy;
}

export const write = (all: readonly Json[]): string => all.map((document) => toYaml(document)).join('---\n');
