/** `loadBalancer: node-proxy`: a name and a port of the API that lead, on every node, to a proxy of that node's own. */
import type {Cluster, Site} from '../model.ts';
import {controlPlaneEndpoint, type Endpoint} from './endpoints.ts';
import {hostPort, splitHostPort} from './network.ts';
import {firstOf} from './selectors.ts';

/** Not the API server's: on a control plane both listen. */
export const nodeProxyPort = 7443;

/** The endpoint as kubeadm stores it, of what the config says (a name, with a port or without) and the cluster's name. */
export function proxiedEndpoint(clusterName: string, asked: string | undefined): string {
	const parts = asked === undefined ? undefined : splitHostPort(asked);
	return hostPort(parts?.host ?? `api.${clusterName}.internal`, parts?.port ?? nodeProxyPort);
}

/** Where a node's own proxy listens for that node; undefined in a cluster without such proxies. */
export function nodeProxy(cluster: Cluster, site: Site, sites: readonly Site[]): (Endpoint & {loopback: string}) | undefined {
	if (cluster.loadBalancer !== 'node-proxy') return undefined;
	return {...controlPlaneEndpoint(cluster, sites), loopback: site.address.includes(':') ? '::1' : '127.0.0.1'};
}

/**
 * The line that a machine needs in its /etc/hosts before `kubeadm join` on it: the API's name is known to no DNS, and the machine has no proxy yet.
 * It names a control plane, where the proxy listens for others too. Undefined where no such line is needed.
 */
export function hostsLineFor(cluster: Cluster, sites: readonly Site[]): string | undefined {
	const first = firstOf(sites);
	if (cluster.loadBalancer !== 'node-proxy' || first === undefined) return undefined;
	return `${first.address} ${controlPlaneEndpoint(cluster, sites).host}`;
}
