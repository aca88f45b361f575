import {localEndpoint} from '../cluster/endpoints.ts';
import {hostPort} from '../cluster/network.ts';
import {lastValue} from '../contract/arguments.ts';
import {isExternalCa} from '../contract/external-ca.ts';
import {certificateFolders, etcdFolders} from '../contract/host-folders.ts';
import {bindAddress, inUrl, probeHost, startupFailures} from '../contract/probes.ts';
import {type PodName, staticPod} from '../contract/static-pod.ts';
import type {ComponentConfig, Phase, Scope, Step} from '../model.ts';
import {imagesFor} from '../versions.ts';

/** The API server, the controller manager and the scheduler of each control plane. */
export const controlPlane: Phase = {
	name: 'control-plane',
	title: 'Write the static pods of the control plane',
	on: 'control-plane',
	steps: (scope) => {
		const {apiServer, controllerManager, scheduler} = scope.cluster.configuration;
		const pod = (name: PodName, data: object, extra: ComponentConfig): Step =>
			staticPod(name, {...common(scope), ...data}, extra, scope.cluster.patches);
		return [
			pod('kube-apiserver', apiServerData(scope), apiServer),
			pod('kube-controller-manager', controllerManagerData(scope), controllerManager),
			pod('kube-scheduler', schedulerData(scope), scheduler),
		];
	},
};

function common({cluster, site}: Scope): object {
	const {networking, certificatesDir, clusterName} = cluster.configuration;
	return {
		certs: certificatesDir,
		serviceSubnet: networking.serviceSubnet,
		podSubnet: networking.podSubnet ?? '',
		dnsDomain: networking.dnsDomain,
		clusterName,
		startupFailures: startupFailures(cluster),
		hostFolders: certificateFolders(site),
	};
}

function apiServerData(scope: Scope): object {
	const {cluster, site} = scope;
	const {etcd, apiServer, certificatesDir} = cluster.configuration;
	const {host, port} = localEndpoint(cluster, site);
	const folders = 'external' in etcd ? etcdFolders(etcd.external, certificatesDir) : [];
	return {
		image: imagesFor(cluster).apiserver,
		endpoint: hostPort(host, port),
		advertiseAddress: host,
		bindPort: port,
		// A file that configures authorizers cannot stand beside the flag.
		authorizationMode: lastValue(apiServer.extraArgs, 'authorization-config') === undefined,
		etcd: etcdClient(scope),
		probe: {host: probeHost(host)},
		hostFolders: [...certificateFolders(site), ...folders],
	};
}

/** How the API server reaches etcd: its own node's member, or what the operator runs elsewhere. */
function etcdClient({cluster, site}: Scope): {ca?: string; certificate?: string; key?: string; servers: string} {
	const {etcd, certificatesDir} = cluster.configuration;
	if ('external' in etcd) {
		const {endpoints, caFile, certFile, keyFile} = etcd.external;
		const pair = certFile && keyFile ? {certificate: certFile, key: keyFile} : {certificate: ''};
		return {ca: caFile, ...pair, servers: endpoints.join(',')};
	}
	const loopback = localEndpoint(cluster, site).host.includes(':') ? '::1' : '127.0.0.1';
	return {
		ca: `${certificatesDir}/etcd/ca.crt`,
		certificate: `${certificatesDir}/apiserver-etcd-client.crt`,
		key: `${certificatesDir}/apiserver-etcd-client.key`,
		servers: lastValue(etcd.local.extraArgs, 'advertise-client-urls') ?? `https://${inUrl(loopback)}:2379`,
	};
}

/** Without the CA's key nobody can sign here, and the controller manager is told so by empty file names. */
function controllerManagerData(scope: Scope): object {
	const {certificatesDir, controllerManager} = scope.cluster.configuration;
	const external = isExternalCa(scope);
	return {
		image: imagesFor(scope.cluster).controllerManager,
		signing: external ? {certificate: '', key: ''} : {certificate: `${certificatesDir}/ca.crt`, key: `${certificatesDir}/ca.key`},
		probe: {host: probeHost(bindAddress(controllerManager.extraArgs))},
	};
}

function schedulerData({cluster}: Scope): object {
	const {scheduler} = cluster.configuration;
	return {image: imagesFor(cluster).scheduler, probe: {host: probeHost(bindAddress(scheduler.extraArgs))}};
}
