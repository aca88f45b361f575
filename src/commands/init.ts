/** `kubestrap init` and `kubestrap apply`: a cluster as the config has it, whatever of it is there already. */
import type {Saved} from '../foresight/saved.ts';
import type * as pipeline from '../pipeline.ts';
import type {Call} from './call.ts';
import {afterInit} from './closing.ts';
import {make} from './make.ts';
import {openCluster} from './open-cluster.ts';
import {readPlan} from './plan-file.ts';

type Doors = Pick<typeof pipeline, 'converge'>;

const converging =
	(verb: 'init' | 'apply') =>
	(call: Call, {converge}: Doors): Promise<number> => {
		const {plan} = call.flags.plan;
		let agreedOn: Saved | undefined;
		return make(
			{
				verb,
				open: async () => {
					if (plan !== undefined) agreedOn = readPlan(plan, call);
					return openCluster(call);
				},
				walk: (cluster, lock, walk) => converge(cluster, lock, {...walk, ...(agreedOn && {agreedOn})}),
				closing: (cluster, {sites}, written) => afterInit(verb, cluster, sites, call.flags, written),
			},
			call,
		);
	};

export const init = converging('init');
export const apply = converging('apply');
