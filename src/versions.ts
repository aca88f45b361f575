/** What differs between Kubernetes minors, a row per minor; and which artifacts and images go with a cluster. */
import {ConfigError} from './errors.ts';
import {type ImageFacts, imageFacts} from './image-history.ts';
import type {Cluster} from './model.ts';

export const defaultKubernetesVersion = 'v1.37.1';

/** Facts of kubeadm's own constants and source, by minor (kubeadm-contract.md §0.4 and every "1.36:" in it). */
type MinorRow = {
	readonly minor: string;
	/** The first patch release that these facts hold for. */
	readonly firstPatch: number;
	/** What kubeadm writes into KubeProxyConfiguration when nobody asked for a mode. */
	readonly kubeProxyMode: '' | 'iptables';
	/** ConfigMap kubelet-config carries the first node's `resolvConf` of systemd-resolved. */
	readonly uploadsResolvConf: boolean;
	/** Preflight's port checks look at the bind addresses of the arguments, not at all addresses. */
	readonly portChecksUseBindAddress: boolean;
	/** Gates of ClusterConfiguration.featureGates. */
	readonly featureGates: readonly string[];
	/** Targets that a file of the patches directory may name. */
	readonly patchTargets: readonly string[];
	/** Service accounts of controllers that this minor runs beyond those that every minor has. */
	readonly moreControllers: readonly string[];
};

const pods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];

const minors: readonly MinorRow[] = [
	{
		minor: '1.37',
		firstPatch: 0,
		kubeProxyMode: 'iptables',
		uploadsResolvConf: false,
		portChecksUseBindAddress: true,
		featureGates: ['RootlessControlPlane'],
		patchTargets: [...pods, 'kubeletconfiguration', 'corednsdeployment', 'kubeproxydaemonset'],
		moreControllers: [
			'device-taint-eviction-controller',
			'storage-version-migrator-controller',
			'validatingadmissionpolicy-status-controller',
		],
	},
	{
		minor: '1.36',
		// 1.36.0 still gave apiserver-kubelet-client its rights by group.
		firstPatch: 1,
		kubeProxyMode: '',
		uploadsResolvConf: true,
		portChecksUseBindAddress: false,
		featureGates: ['RootlessControlPlane', 'NodeLocalCRISocket', 'PublicKeysECDSA'],
		patchTargets: [...pods, 'kubeletconfiguration', 'corednsdeployment'],
		moreControllers: [],
	},
];

export type KubernetesRow = MinorRow & Pick<ImageFacts, 'version' | 'etcdTag' | 'coredns' | 'pause'>;

/** Versions of what is not Kubernetes' own. */
export const artifactVersions = {
	containerd: 'v2.4.2',
	runc: 'v1.5.2',
	'cni-plugins': 'v1.9.1',
	crictl: 'v1.36.0',
	flannel: 'v0.28.4',
	flannelCni: 'v1.9.1-flannel1',
	busybox: '1.37',
	haproxy: '2.6.12',
} as const;

const supported = minors.map(({minor, firstPatch}) => `v${minor}.${firstPatch} and later patches`).join(', ');

/** Whether a version can be made, and if not, why. */
export function versionProblem(version: string): {message: string; hint: string} | undefined {
	const hint = `supported: ${supported}; default: ${defaultKubernetesVersion}`;
	const [, minor, patch] = /^v?(1\.[1-9]\d?)\.(0|[1-9]\d?)$/.exec(version) ?? [];
	if (minor === undefined) return {message: `${JSON.stringify(version)} is not a release like ${defaultKubernetesVersion}`, hint};
	const row = minors.find((candidate) => candidate.minor === minor);
	return row !== undefined && Number(patch) >= row.firstPatch
		? undefined
		: {message: `Kubernetes ${version} is not supported`, hint};
}

/** The row of a version (`v1.37.1` or `1.37.1`). Throws ConfigError that lists what is supported. */
export function kubernetesVersion(version: string): KubernetesRow {
	const problem = versionProblem(version);
	if (problem !== undefined) throw new ConfigError([problem], {hint: problem.hint});
	const full = version.startsWith('v') ? version : `v${version}`;
	const {etcdTag, coredns, pause} = imageFacts(full);
	return {...minors.find(({minor}) => full.startsWith(`v${minor}.`))!, etcdTag, coredns, pause, version: full};
}

/** Full references of a cluster's images, as kubeadm names them (contract §11.1-2). Flannel's only when flannel is the network, the proxy's only where nodes have one. */
export function imagesFor({configuration, network, loadBalancer}: Cluster) {
	const {imageRepository: repository, dns, etcd} = configuration;
	const row = kubernetesVersion(configuration.kubernetesVersion);
	const kubernetes = (name: string) => `${repository}/${name}:${row.version}`;
	const local = 'local' in etcd ? etcd.local : undefined;
	const dnsRepository = dns.imageRepository ?? repository;
	return {
		apiserver: kubernetes('kube-apiserver'),
		controllerManager: kubernetes('kube-controller-manager'),
		scheduler: kubernetes('kube-scheduler'),
		proxy: kubernetes('kube-proxy'),
		// Only the default registry has CoreDNS one folder deeper.
		coredns: `${dnsRepository}/${dnsRepository === 'registry.k8s.io' ? 'coredns/' : ''}coredns:${dns.imageTag ?? row.coredns}`,
		pause: `${repository}/pause:${row.pause}`,
		etcd: `${local?.imageRepository ?? repository}/etcd:${local?.imageTag ?? row.etcdTag}`,
		...(network.cni === 'flannel'
			? {
					flannel: `ghcr.io/flannel-io/flannel:${artifactVersions.flannel}`,
					flannelCni: `ghcr.io/flannel-io/flannel-cni-plugin:${artifactVersions.flannelCni}`,
				}
			: {}),
		busybox: `docker.io/library/busybox:${artifactVersions.busybox}`,
		...(loadBalancer === 'node-proxy' ? {nodeProxy: `docker.io/library/haproxy:${artifactVersions.haproxy}`} : {}),
	};
}

export type Arch = 'amd64' | 'arm64';
const runtimeBinaries = ['containerd', 'runc', 'cni-plugins', 'crictl'] as const;
const kubernetesBinaries = ['kubelet', 'kubectl', 'kubeadm'] as const;
export type BinaryName = (typeof runtimeBinaries)[number] | (typeof kubernetesBinaries)[number];

/** The key of a binary in the lock: `kubelet/v1.37.1/amd64`. Kubernetes' own binaries need the cluster's version. */
export function artifactKey(name: BinaryName, arch: Arch, version?: string): string {
	const own = runtimeBinaries.find((candidate) => candidate === name);
	return `${name}/${own ? artifactVersions[own] : (version ?? defaultKubernetesVersion)}/${arch}`;
}

/** The lock keys of every binary that a node of a Kubernetes version needs. */
export function binaryKeys(version: string, arch: Arch): string[] {
	return [...runtimeBinaries, ...kubernetesBinaries].map((name) => artifactKey(name, arch, version));
}

/** The lock keys of every binary that a node of a cluster needs; what comes as a package is none of them. */
export function artifactsFor({configuration, runtime, kubernetes}: Cluster, arch: Arch): string[] {
	const names = [
		...(runtime.source === 'packages' ? [] : (['containerd', 'runc'] as const)),
		...(kubernetes.source === 'packages' ? [] : (['cni-plugins', 'crictl', ...kubernetesBinaries] as const)),
	];
	return names.map((name) => artifactKey(name, arch, configuration.kubernetesVersion));
}
