/** A machine that is dead and already part of the cluster does not keep others from joining. */
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError} from '../errors.ts';
import {connect} from '../host/connect.ts';
import type {Cluster, ClusterNode, Living, NodeSpec} from '../model.ts';
import {connectSome, type Some} from './connect-some.ts';
import type {Walk} from './walk.ts';

export type Reached = Some & {
	/** The cluster with the machines that can be used. */
	readonly cluster: Cluster;
	/** Why not all of them can be used: what is thrown when one of the others is needed. */
	readonly why?: ConnectError;
};

/**
 * Connects to all machines, or to those that can be used when some cannot. Throws ConnectError when no control plane is among those: then
 * there is nobody to ask.
 */
export async function connectJoining(cluster: Cluster, walk: Walk): Promise<Reached> {
	try {
		return {cluster, hosts: await connect(cluster, walk), lost: new Map()};
	} catch (why) {
		if (!(why instanceof ConnectError) || cluster.nodes.length === 1) throw why;
		const some = await connectSome(cluster, cluster.nodes, walk);
		const nodes = cluster.nodes.filter((spec) => some.hosts.has(keyOf(spec)));
		if (!nodes.some(isPlane)) {
			await Promise.allSettled([...some.hosts.values()].map((host) => host.close()));
			throw why;
		}
		return {...some, cluster: {...withFirst(cluster, nodes), nodes}, why};
	}
}

/** Those of the lost machines without which the work cannot be done: they are to join. Pure. */
export function missed(
	lost: readonly NodeSpec[],
	{nodes}: Pick<Living, 'nodes'>,
	isMeant: (node: NodeSpec) => boolean,
): NodeSpec[] {
	return lost.filter((spec) => isMeant(spec) && !nodes.some((node) => isOf(spec, node)));
}

/** A node without a name in the config is known by its address. */
function isOf({name, address, internalAddress = address}: NodeSpec, node: ClusterNode): boolean {
	return name === undefined ? node.addresses.includes(internalAddress) : node.name === name;
}

/** An address that was given for the first control plane is not that of another one which is only the first that answers. */
function withFirst(cluster: Cluster, nodes: readonly NodeSpec[]): Cluster {
	if (nodes.find(isPlane) === cluster.nodes.find(isPlane)) return cluster;
	const {advertiseAddress: _, ...others} = cluster;
	return others;
}

const isPlane = ({role}: NodeSpec) => role === 'control-plane';
