/** The one machine that the looking verbs talk to. */
import {keyOf} from '../cluster/selectors.ts';
import {ConfigError} from '../errors.ts';
import type {Cluster, Host, Hosts} from '../model.ts';
import type {Walk} from '../pipeline.ts';

type Access = Pick<Walk, 'signal' | 'acceptNewHostKeys' | 'sudoPassword' | 'passphrase'> & Partial<Pick<Walk, 'tell'>>;

export type Connect = (cluster: Cluster, options: Access) => Promise<Hosts>;

/** Connects to the first control plane only, lets `work` use it, and closes the connection. Throws ConnectError. */
export async function onFirstControlPlane<T>(
	cluster: Cluster,
	connect: Connect,
	access: Access,
	work: (host: Host) => Promise<T>,
): Promise<T> {
	const first = cluster.nodes.find(({role}) => role === 'control-plane');
	if (first === undefined) throw new ConfigError([{message: 'the cluster has no control plane'}]);
	const {signal, acceptNewHostKeys, sudoPassword, passphrase, tell} = access;
	const hosts = await connect(
		{...cluster, nodes: [first]},
		{
			signal,
			acceptNewHostKeys,
			...(sudoPassword && {sudoPassword}),
			...(passphrase && {passphrase}),
			...(tell && {tell}),
		},
	);
	try {
		const host = hosts.get(keyOf(first));
		if (host === undefined) throw new Error(`no connection for ${keyOf(first)}`);
		return await work(host);
	} finally {
		await Promise.all([...hosts.values()].map((host) => host.close()));
	}
}
