import type {Phase} from '../model.ts';

/** The very last: until here a run that died is gone on with, and knows what is ours. */
export const resetRecord: Phase = {
	name: 'reset-record',
	title: 'Forget the machine',
	on: 'every',
	steps: () => [{kind: 'cleared', path: '/var/lib/kubestrap'}],
};
