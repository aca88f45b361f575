import {localEndpoint} from '../cluster/endpoints.ts';
import {hostPort} from '../cluster/network.ts';
import {lastValue} from '../contract/arguments.ts';
import {componentData} from '../contract/component-data.ts';
import {certificateFolders, etcdFolders} from '../contract/host-folders.ts';
import {inUrl, probeHost} from '../contract/probes.ts';
import {staticPod} from '../contract/static-pod.ts';
import type {Phase, Scope} from '../model.ts';
import {imagesFor} from '../versions.ts';

/** The API server of each control plane. */
export const controlPlane: Phase = {
	name: 'control-plane',
	title: 'Write the static pod of the API server',
	on: 'control-plane',
	steps: (scope) => {
		const data = {...componentData(scope), ...apiServerData(scope)};
		return [staticPod('kube-apiserver', data, scope.cluster.configuration.apiServer, scope.cluster.patches)];
	},
};

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
