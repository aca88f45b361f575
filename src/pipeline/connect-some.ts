import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted, KubestrapError} from '../errors.ts';
import {connect} from '../host/connect.ts';
import {slots} from '../host/slots.ts';
import type {Cluster, Host, Hosts, NodeSpec} from '../model.ts';
import type {Walk} from '../pipeline.ts';

export type Some = {
	readonly hosts: Hosts;
	/** Why the others cannot be used, by `keyOf(spec)`. */
	readonly lost: ReadonlyMap<string, ConnectError>;
};

/** Connects to those machines that can be used; one that cannot is no failure. Throws only when the operator stops it, or for a bug. */
export async function connectSome(cluster: Cluster, nodes: readonly NodeSpec[], walk: Walk): Promise<Some> {
	const places = slots(walk.concurrency ?? 8);
	const hosts = new Map<string, Host>();
	const lost = new Map<string, ConnectError>();
	const results = await Promise.allSettled(
		nodes.map(async (node) => {
			const give = await places.take(walk.signal);
			try {
				for (const [key, host] of await connect({...cluster, nodes: [node]}, walk)) hosts.set(key, host);
			} catch (error) {
				if (!(error instanceof ConnectError)) throw error;
				lost.set(keyOf(node), error);
			} finally {
				give();
			}
		}),
	);
	const failed = results.find((result) => result.status === 'rejected');
	if (failed === undefined && !walk.signal.aborted) return {hosts, lost};
	await Promise.allSettled([...hosts.values()].map((host) => host.close()));
	if (failed && !walk.signal.aborted) throw failed.reason;
	throw walk.signal.reason instanceof KubestrapError ? walk.signal.reason : new Interrupted();
}
