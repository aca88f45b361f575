import {binaryUrls} from '../artifacts/mirror.ts';
import type {Cluster, Lock, Site} from '../model.ts';
import type {Context} from '../steps/kind.ts';

/** What compiling for one site needs to know. Without a downloader on the node there are no places to try: the operator brings the bytes. */
export function contextOf(cluster: Cluster, lock: Lock, site: Site): Context {
	const {downloader} = site.facts;
	const urls = (artifact: string) => {
		const locked = lock.binaries[artifact];
		return downloader === undefined || locked === undefined ? [] : binaryUrls(locked, cluster.mirror);
	};
	return {lock, urls, criSocket: cluster.registration.criSocket, ...(downloader ? {downloader} : {})};
}
