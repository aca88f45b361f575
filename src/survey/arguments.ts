import {isIP} from 'node:net';
import {hostOf} from '../cluster/route.ts';
import {certificateHomes} from '../contract/host-folders.ts';
import {cloudInit, hostsTemplates} from '../contract/hosts-files.ts';
import type {Cluster, NodeSpec} from '../model.ts';
import {usesPackages} from '../packages/wanted.ts';

/**
 * What the survey must look at because this config says so, as `key=value` items for the script. They are arguments, never script text:
 * whatever a config holds, it stays data. Keys: `pki`, `name`, `swap`, `dir`, `disk`, `look`, `peer`, `etcd`, `etcd-ca`, `etcd-cert`, `etcd-key`,
 * `resolv`, `packages`, `deep`.
 */
export function surveyArguments(cluster: Cluster, spec: NodeSpec, {deep = false}: {deep?: boolean} = {}): string[] {
	const items: (readonly [string, string | undefined])[] = [
		['pki', cluster.configuration.certificatesDir],
		['name', spec.name],
		['swap', cluster.swap],
		...(spec.role === 'control-plane' ? etcdItems(cluster.configuration.etcd) : []),
		...[...certificateHomes, ...hostsTemplates, cloudInit].map((path) => ['look', path] as const),
		...peers(cluster, spec).map((address) => ['peer', address] as const),
		['resolv', typeof cluster.kubelet.resolvConf === 'string' ? cluster.kubelet.resolvConf : undefined],
		['packages', usesPackages(cluster) ? '1' : undefined],
		['deep', deep ? '1' : undefined],
	];
	return items.filter(([, value]) => value !== undefined && !value.includes('\0')).map(([key, value]) => `${key}=${value}`);
}

function etcdItems(etcd: Cluster['configuration']['etcd']): (readonly [string, string])[] {
	if ('local' in etcd) {
		return [
			['dir', etcd.local.dataDir],
			['disk', etcd.local.dataDir],
		];
	}
	const {endpoints, httpEndpoints = endpoints, caFile, certFile, keyFile} = etcd.external;
	const named = [
		['etcd-ca', caFile],
		['etcd-cert', certFile],
		['etcd-key', keyFile],
	] as const;
	return [
		...httpEndpoints.map((url) => ['etcd', url] as const),
		...named,
		...named.map(([, file]) => ['look', file] as const),
	].filter(([, value]) => value !== '');
}

/** Addresses of other nodes that a route can be asked for. A few are enough to tell which way they are. */
function peers(cluster: Cluster, spec: NodeSpec): string[] {
	const others = cluster.nodes.filter((node) => node !== spec).map((node) => node.internalAddress ?? hostOf(node, cluster));
	return [...new Set(others.filter((address) => isIP(address) !== 0))].slice(0, 16);
}
