/** Which kinds of machine a cluster has: those that answer are asked, nothing is changed. */
import {ConnectError} from '../errors.ts';
import type {Cluster} from '../model.ts';
import {connectSome} from './connect-some.ts';
import type {Walk} from './walk.ts';

const platforms: Readonly<Record<string, string>> = {x86_64: 'linux/amd64', aarch64: 'linux/arm64'};

/** Platforms of the machines that could be reached, and why others could not. Throws ConnectError for a machine of a kind that is not supported. */
export async function platformsOf(cluster: Cluster, walk: Walk): Promise<{platforms: string[]; lost: readonly ConnectError[]}> {
	const {hosts, lost} = await connectSome(cluster, cluster.nodes, walk);
	try {
		const asked = [...hosts.values()].map(async (host) => {
			const {stdout} = await host.exec(['uname', '-m'], {deadline: 20_000, signal: walk.signal});
			const platform = platforms[stdout.trim()];
			if (platform !== undefined) return platform;
			const hint = 'kubestrap knows x86_64 and aarch64; --platform says for which machines the bundle is';
			throw new ConnectError(host.name, `its processor is ${JSON.stringify(stdout.trim().slice(0, 40))}`, {hint});
		});
		return {platforms: [...new Set(await Promise.all(asked))].sort(), lost: [...lost.values()]};
	} finally {
		await Promise.allSettled([...hosts.values()].map((host) => host.close()));
	}
}
