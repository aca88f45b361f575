/** A Cluster as the config file that means exactly this: with every default, and loading to an equal Cluster. */
import type {Cluster, NodeSpec} from '../model.ts';
import {toYaml} from '../yaml.ts';
import {kubeadmVersion} from './cluster-configuration.ts';
import {showDuration} from './duration.ts';
import {only} from './nodes.ts';
import {clusterVersion, kinds} from './schema.ts';

/** Documents in YAML, the `Cluster` first, then kubeadm's kinds. Holds no secret, as the config holds none. */
export function printConfig(cluster: Cluster): string {
	const documents = [
		clusterDocument(cluster),
		clusterConfiguration(cluster),
		initConfiguration(cluster),
		...component('KubeletConfiguration', cluster.kubelet),
		...component('KubeProxyConfiguration', cluster.kubeProxy),
	];
	return documents.map((document) => toYaml(document)).join('---\n');
}

function clusterDocument({configuration, network, ...cluster}: Cluster): object {
	const {serviceSubnet, podSubnet, dnsDomain} = configuration.networking;
	const {caText: _, ...mirror} = cluster.mirror;
	return {
		apiVersion: clusterVersion,
		kind: 'Cluster',
		metadata: {name: cluster.name},
		spec: {
			kubernetesVersion: configuration.kubernetesVersion,
			...only({controlPlaneEndpoint: configuration.controlPlaneEndpoint}),
			loadBalancer: cluster.loadBalancer,
			network: {...only({podSubnet}), serviceSubnet, dnsDomain, ...network},
			certificates: {
				algorithm: configuration.encryptionAlgorithm,
				validity: configuration.certificateValidityPeriod,
				caValidity: configuration.caCertificateValidityPeriod,
			},
			swap: cluster.swap,
			...(cluster.sshConfig?.file === undefined ? {} : {ssh: {configFile: cluster.sshConfig.file}}),
			nodes: cluster.nodes.map(nodeEntry),
			mirror,
			runtime: cluster.runtime,
			kubernetes: cluster.kubernetes,
			fetch: cluster.fetch,
			os: cluster.os,
			...only({proxy: cluster.proxy}),
			...only({lock: cluster.lock}),
		},
	};
}

function nodeEntry({name, role, via, address, internalAddress, access, labels, taints}: NodeSpec): object {
	const {hostKey, ...ssh} = access;
	return {...only({name}), role, via, address, ...only({internalAddress, hostKey}), labels, ...only({taints}), ssh};
}

/** Only what `Cluster` has no word for; the rest would be said twice. */
function clusterConfiguration({configuration}: Cluster): object {
	const {apiServer, controllerManager, scheduler, etcd, dns, proxy, certificatesDir, imageRepository, featureGates} =
		configuration;
	const own = {
		apiServer,
		controllerManager,
		scheduler,
		etcd,
		dns,
		proxy,
		certificatesDir,
		imageRepository,
		...only({featureGates}),
	};
	return {apiVersion: kubeadmVersion, kind: 'ClusterConfiguration', ...own};
}

function initConfiguration({bootstrapTokens, registration, advertiseAddress, bindPort, patches, timeouts}: Cluster): object {
	const directory = commonFolder(patches.map(({file}) => file));
	return {
		apiVersion: kubeadmVersion,
		kind: 'InitConfiguration',
		bootstrapTokens: bootstrapTokens.map(({from, ...token}) => ({...only({token: from}), ...token})),
		localAPIEndpoint: {...only({advertiseAddress}), bindPort},
		nodeRegistration: registration,
		...(directory === undefined ? {} : {patches: {directory}}),
		timeouts: {controlPlaneComponentHealthCheck: showDuration(timeouts.controlPlaneSeconds)},
	};
}

/** The deepest folder that holds all files: what is in it was read from there, since folders are read to their end. */
function commonFolder(files: readonly string[]): string | undefined {
	const [first, ...others] = files.map((file) => file.split('/').slice(0, -1));
	if (first === undefined) return undefined;
	const end = first.findIndex((name, index) => others.some((other) => other[index] !== name));
	return first.slice(0, end === -1 ? first.length : end).join('/') || '/';
}

function component(kind: 'KubeletConfiguration' | 'KubeProxyConfiguration', fields: Readonly<Record<string, unknown>>): object[] {
	return Object.keys(fields).length === 0 ? [] : [{apiVersion: kinds[kind].apiVersion, kind, ...fields}];
}
