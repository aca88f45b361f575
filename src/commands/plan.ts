/** `kubestrap plan`: what `apply` would change, and nothing is changed. */
import {exitCodes} from '../errors.ts';
import type * as pipeline from '../pipeline.ts';
import {quote} from '../steps/quote.ts';
import type {Call} from './call.ts';
import {sameCluster} from './closing.ts';
import {foretold} from './foretold.ts';
import {givenBundle, lockWith} from './open-bundle.ts';
import {openCluster, openLock} from './open-cluster.ts';
import {writePlan} from './plan-file.ts';

export function plan(call: Call, {converge}: Pick<typeof pipeline, 'converge'>): Promise<number> {
	const {save} = call.flags.plan;
	const again = ['kubestrap apply', sameCluster(call.flags)].filter(Boolean).join(' ');
	return foretold(
		{
			verb: 'plan',
			open: () => openCluster(call),
			waits: exitCodes.changesWait,
			walk: async (cluster, walk, {report}) => {
				const bundle = await givenBundle(call, report);
				const lock = bundle ? lockWith(bundle, cluster, call) : openLock(cluster, call);
				return converge(cluster, lock, {...walk, ...(bundle && {bundle})});
			},
			keep: ({saved, changed}) => {
				if (save === undefined) return changed === 0 ? [] : [`${again}  # does it`];
				writePlan(save, saved, call);
				return [`${again} --plan ${quote(save)}  # does exactly this, and only while the machines are as they were seen`];
			},
		},
		call,
	);
}
