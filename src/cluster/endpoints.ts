import type {Cluster, Site} from '../model.ts';
import {hostPort, splitHostPort} from './network.ts';

/** Where an API server answers. `host` is a name or a bare IP, `url` has an IPv6 host in brackets. */
export type Endpoint = {readonly host: string; readonly port: number; readonly url: string};

const endpoint = (host: string, port: number): Endpoint => ({host, port, url: `https://${hostPort(host, port)}`});

/** The API server on a control-plane node itself (kubeadm's localAPIEndpoint). An advertise address of the config holds for the first one. */
export function localEndpoint(cluster: Cluster, site: Site): Endpoint {
	const first = cluster.nodes.find(({role}) => role === 'control-plane');
	return endpoint((site.spec === first ? cluster.advertiseAddress : undefined) ?? site.address, cluster.bindPort);
}

/** Whether something that is no part of the cluster stands before the API servers: then the operator uses it as everybody does. */
export const isInFront = ({configuration, loadBalancer}: Cluster): boolean =>
	configuration.controlPlaneEndpoint !== undefined && loadBalancer !== 'node-proxy';

/** What all of the cluster's clients use: controlPlaneEndpoint when there is one, else the first control plane. */
export function controlPlaneEndpoint(cluster: Cluster, sites: readonly Site[]): Endpoint {
	const asked = cluster.configuration.controlPlaneEndpoint;
	const parts = asked === undefined ? undefined : splitHostPort(asked);
	if (parts !== undefined) return endpoint(parts.host, parts.port ?? cluster.bindPort);
	const first = sites.find(({role}) => role === 'control-plane');
	if (first === undefined) throw new RangeError('no control plane among the sites');
	return localEndpoint(cluster, first);
}
