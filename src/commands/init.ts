/** `kubestrap init` and `kubestrap apply`: a cluster as the config has it, whatever of it is there already. */
import type * as pipeline from '../pipeline.ts';
import type {Call} from './call.ts';
import {afterInit} from './closing.ts';
import {make} from './make.ts';
import {openCluster} from './open-cluster.ts';

type Doors = Pick<typeof pipeline, 'converge'>;

const converging =
	(verb: 'init' | 'apply') =>
	(call: Call, {converge}: Doors): Promise<number> =>
		make(
			{
				verb,
				open: () => openCluster(call),
				walk: converge,
				closing: (cluster, {sites}, written) => afterInit(verb, cluster, sites, call.flags, written),
			},
			call,
		);

export const init = converging('init');
export const apply = converging('apply');
