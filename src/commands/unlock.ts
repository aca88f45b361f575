/** `kubestrap unlock`: who holds the machines, and the end of a run whose operator is gone. */
import type * as pipeline from '../pipeline/unlock.ts';
import {locksText} from '../run/locks.ts';
import {act} from './act.ts';
import type {Call} from './call.ts';
import {confirmed, mustBeAskable} from './confirm.ts';
import {openCluster} from './open-cluster.ts';

export function unlock(call: Call, {unlock: free}: Pick<typeof pipeline, 'unlock'>): Promise<number> {
	const {flags, around} = call;
	return act('unlock', call, {}, async ({report, walk}) => {
		const began = performance.now();
		if (!flags.yes) mustBeAskable(call);
		const cluster = await openCluster(call);
		report.tell({type: 'run', detail: {verb: 'unlock', version: around.version, cluster: cluster.name}});
		const ask: NonNullable<pipeline.UnlockWalk['confirm']> = (held) => {
			for (const locks of held) around.stderr.write(`${locks.node}: ${locksText(locks)}\n`);
			return confirmed('Shall this run be ended?', call);
		};
		const held = await free(cluster, {
			...walk,
			names: flags.nodes ?? [],
			stop: flags.stop === true,
			...(flags.yes ? {} : {confirm: ask}),
		});
		const headline = held.length === 0 ? 'nothing is locked' : `free again: ${held.map(({node}) => node).join(', ')}`;
		const ms = Math.round(performance.now() - began);
		report.end(
			{ok: true, exit: 0, changed: held.length, unchanged: 0, failed: 0, ms, failures: [], spent: []},
			{headline, next: []},
		);
		return 0;
	});
}
