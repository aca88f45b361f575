/** How the verbs that only speak with a living cluster reach it: over its first control plane. */
import {type Api, apiOn} from '../access/kubectl.ts';
import type {Cluster, Host} from '../model.ts';
import type {Call} from './call.ts';
import {type Connect, onFirstControlPlane} from './first-control-plane.ts';
import {secretWords} from './secret-words.ts';

/** Connects, and lets `work` use the API. Throws ConnectError. */
export async function inCluster<T>(
	call: Call,
	cluster: Cluster,
	connect: Connect,
	work: (api: Api, host: Host) => Promise<T>,
): Promise<T> {
	const {flags, around} = call;
	const secrets = await secretWords(call);
	const {signal} = around;
	const {acceptNewHostKeys} = flags;
	const access = {signal, acceptNewHostKeys, ...secrets.access};
	return onFirstControlPlane(cluster, connect, access, (host) => work(apiOn(host, signal), host));
}
