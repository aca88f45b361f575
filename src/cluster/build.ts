/** The frozen Cluster, of a config in which everything was found to be good: kubeadm's defaults filled in (contract §8.3-8.6). */
import type {BootstrapToken, Cluster, ClusterConfiguration, MachineSettings, Patch, ProxySettings} from '../model.ts';
import {kubernetesVersion} from '../versions.ts';
import type {ClusterConfigurationDocument} from './cluster-configuration.ts';
import {parseDuration, showDuration} from './duration.ts';
import type {Given} from './given.ts';
import type {TokenEntry} from './kubeadm.ts';
import {hostPort, splitHostPort} from './network.ts';
import {proxiedEndpoint} from './node-proxy.ts';
import {only, type Resolve} from './nodes.ts';
import {said} from './settle.ts';

type Rest = {readonly patches: readonly Patch[]; readonly cni: Cluster['network']['cni']; readonly resolve: Resolve};

export function build(given: Given, {patches, cni, resolve}: Rest): Cluster {
	const {sources, settings, mirror} = given;
	const config = configuration(given);
	const tokens = settings.bootstrapTokens?.value ?? [{}];
	return freeze({
		name: config.clusterName,
		loadBalancer: balancer(given),
		configuration: config,
		bindPort: given.bindPort,
		...only({advertiseAddress: settings.advertiseAddress?.value}),
		registration: {
			criSocket: settings.criSocket?.value ?? 'unix:///var/run/containerd/containerd.sock',
			kubeletExtraArgs: settings.kubeletExtraArgs?.value ?? [],
			ignorePreflightErrors: given.ignore,
			imagePullPolicy: settings.imagePullPolicy?.value ?? 'IfNotPresent',
			imagePullSerial: settings.imagePullSerial?.value ?? true,
		},
		bootstrapTokens: tokens.map((token, index) =>
			bootstrapToken(token, index === 0 ? settings.tokenTtl?.value : token.ttl, resolve),
		),
		network: {
			cni,
			flannel: {
				backend: (said(sources, 'Cluster', ['spec', 'network', 'flannel', 'backend'])?.value ?? 'vxlan') as 'vxlan' | 'host-gw',
			},
		},
		swap: (said(sources, 'Cluster', ['spec', 'swap'])?.value ?? 'off') as Cluster['swap'],
		kubelet: passedThrough(given, 'KubeletConfiguration'),
		kubeProxy: passedThrough(given, 'KubeProxyConfiguration'),
		patches,
		nodes: given.nodes.map(({spec}) => spec),
		...only({sshConfig: given.sshConfig}),
		mirror,
		...software(given),
		...(settings.lock === undefined ? {} : {lock: settings.lock.value}),
		ignorePreflightErrors: given.ignore,
		timeouts: {controlPlaneSeconds: parseDuration(settings.controlPlaneTimeout?.value ?? '4m')!},
	});
}

function bootstrapToken(
	{token, usages, groups, description}: TokenEntry,
	ttl: string | undefined,
	resolve: Resolve,
): BootstrapToken {
	return {
		...(token === undefined ? {} : {from: 'file' in token ? {file: resolve(token.file)} : token}),
		ttl: showDuration(parseDuration(ttl ?? '24h')!),
		usages: usages ?? ['signing', 'authentication'],
		groups: groups ?? ['system:bootstrappers:kubeadm:default-node-token'],
		...only({description}),
	};
}

function configuration(given: Given): ClusterConfiguration {
	const {settings, subnets, sources} = given;
	const document = (sources.ClusterConfiguration?.document.value ?? {}) as Partial<ClusterConfigurationDocument>;
	const validity = (asked: string) => showDuration(parseDuration(asked)!);
	const sans = settings.certSANs?.value;
	const gates = settings.featureGates?.value;
	const endpoint = endpointOf(given);
	const component = (part: ClusterConfigurationDocument['controllerManager']) =>
		(part ?? {}) as ClusterConfiguration['scheduler'];
	return {
		apiServer: {
			...component(document.apiServer),
			...(sans === undefined ? {} : {certSANs: sans.map((name) => name.toLowerCase())}),
		},
		controllerManager: component(document.controllerManager),
		scheduler: component(document.scheduler),
		etcd: etcd(document.etcd),
		dns: (document.dns ?? {}) as ClusterConfiguration['dns'],
		proxy: (document.proxy ?? {}) as ClusterConfiguration['proxy'],
		networking: {
			serviceSubnet: subnets.service.join(','),
			...(subnets.pod.length === 0 ? {} : {podSubnet: subnets.pod.join(',')}),
			dnsDomain: settings.dnsDomain?.value ?? 'cluster.local',
		},
		kubernetesVersion: kubernetesVersion(given.version).version,
		...only({controlPlaneEndpoint: endpoint}),
		certificatesDir: settings.certificatesDir?.value ?? '/etc/kubernetes/pki',
		imageRepository: settings.imageRepository?.value ?? 'registry.k8s.io',
		...(gates === undefined ? {} : {featureGates: gates}),
		clusterName: settings.name?.value ?? 'kubernetes',
		encryptionAlgorithm: settings.algorithm?.value ?? 'RSA-2048',
		certificateValidityPeriod: validity(settings.validity?.value ?? '8760h'),
		caCertificateValidityPeriod: validity(settings.caValidity?.value ?? '87600h'),
	};
}

/** Nothing of a machine's own is changed without need: a firewall is opened, because a cluster behind a closed one does not come up. */
const machineDefaults = {tools: 'check', timeSync: 'check', hostname: 'keep', hosts: 'none', firewall: 'open'} as const;

/** Where the nodes' programs come from, and what may be done to the machines. */
function software({sources}: Given): Pick<Cluster, 'runtime' | 'kubernetes' | 'fetch' | 'os' | 'proxy'> {
	const spec = <T>(...path: string[]) => said(sources, 'Cluster', ['spec', ...path])?.value as T | undefined;
	const proxy = spec<Partial<ProxySettings>>('proxy');
	return {
		runtime: {source: spec('runtime', 'source') ?? 'binaries', package: spec('runtime', 'package') ?? 'containerd'},
		kubernetes: {source: spec('kubernetes', 'source') ?? 'binaries'},
		fetch: spec('fetch') ?? 'node',
		os: {...machineDefaults, ...only(spec<Partial<MachineSettings>>('os') ?? {})},
		...(proxy === undefined ? {} : {proxy: {noProxy: [], ...proxy}}),
	};
}

const balancer = ({sources}: Given) =>
	(said(sources, 'Cluster', ['spec', 'loadBalancer'])?.value ?? 'none') as Cluster['loadBalancer'];

/** With a proxy on each node there always is one; else only if the config says so. */
function endpointOf(given: Given): string | undefined {
	const {controlPlaneEndpoint: asked, name} = given.settings;
	if (balancer(given) === 'node-proxy') return proxiedEndpoint(name?.value ?? 'kubernetes', asked?.value);
	const parts = asked && splitHostPort(asked.value);
	return parts && hostPort(parts.host, parts.port ?? given.bindPort);
}

function etcd(asked: ClusterConfigurationDocument['etcd']): ClusterConfiguration['etcd'] {
	const {local, external} = asked ?? {};
	if (external === undefined) return {local: {dataDir: '/var/lib/etcd', ...only(local ?? {})}} as ClusterConfiguration['etcd'];
	return {external: {caFile: '', certFile: '', keyFile: '', ...only(external)}} as ClusterConfiguration['etcd'];
}

/** A component's own document, without the two words that say what it is. */
function passedThrough({sources}: Given, kind: 'KubeletConfiguration' | 'KubeProxyConfiguration'): Record<string, unknown> {
	const {apiVersion: _, kind: __, ...fields} = (sources[kind]?.document.value ?? {}) as Record<string, unknown>;
	return fields;
}

function freeze<T>(value: T): T {
	if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
		Object.freeze(value);
		for (const part of Object.values(value)) freeze(part);
	}
	return value;
}
