import type {Cluster, NodeSpec} from '../model.ts';
import {isInFront} from './endpoints.ts';
import {directAddress} from './route.ts';

/**
 * The address of a control plane in the operator's kubeconfig, and so among the names of its certificate. Undefined where the endpoint serves the
 * operator as it serves everybody. The name of the nodes' own proxies leads nowhere else: behind a bastion the address among the nodes is at least a real one.
 */
export function operatorsAddress(node: NodeSpec, cluster: Cluster): string | undefined {
	if (isInFront(cluster)) return undefined;
	const real = cluster.loadBalancer === 'node-proxy' && node.via === 'ssh' ? node.internalAddress : undefined;
	return directAddress(node, cluster) ?? real;
}
