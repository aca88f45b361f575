import {lockFor} from '../artifacts/lock.ts';
import {nodeUrls} from '../artifacts/mirror.ts';
import {localEndpoint} from '../cluster/endpoints.ts';
import type {Cluster, Lock, Site} from '../model.ts';
import type {Context} from '../steps/kind.ts';

/** What compiling for one site needs to know. `offline`: nothing can be downloaded, the operator brings it. */
export function contextOf(cluster: Cluster, lock: Lock, site: Site, {offline = false} = {}): Context {
	const {downloader, arch} = site.facts;
	const urls = (artifact: string) => {
		const locked = lock.binaries[artifact];
		return locked === undefined || offline ? [] : nodeUrls(locked, cluster);
	};
	return {
		lock: lockFor(lock, arch),
		urls,
		criSocket: cluster.registration.criSocket,
		...(downloader ? {downloader} : {}),
		...(site.role === 'control-plane' ? {server: localEndpoint(cluster, site).url} : {}),
	};
}
