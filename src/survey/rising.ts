/** A cluster that is about to answer: its machines have just booted. */
import {setTimeout as pause} from 'node:timers/promises';
import type {Cluster, Hosts, Tell} from '../model.ts';
import {readLiving, type Search} from './living.ts';

type Options = {
	readonly tell: Tell;
	readonly signal?: AbortSignal;
	/** Milliseconds that an API server may take to come up behind its machine. */
	readonly forMs?: number;
};

/**
 * As `readLiving`, for work that only a cluster that lives can have: where one has formed and no API server answers, it is asked again for a minute.
 * Throws as `readLiving`.
 */
export async function readRising(cluster: Cluster, hosts: Hosts, {tell, signal, forMs = 60_000}: Options): Promise<Search> {
	const until = performance.now() + forMs;
	const options = signal === undefined ? {} : {signal};
	let isTold = false;
	for (;;) {
		const search = await readLiving(cluster, hosts, options);
		const down = search.silent.find(({state}) => state === 'down');
		if (search.found !== undefined || down === undefined || performance.now() > until) return search;
		if (!isTold)
			tell({type: 'note', detail: `${down.key}: its API server does not answer; it is waited for, ${forMs / 1000} s at most`});
		isTold = true;
		await pause(1000, undefined, options).catch(() => undefined);
	}
}
