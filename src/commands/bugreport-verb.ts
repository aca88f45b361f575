/** The row of `kubestrap bugreport`. */
import {accessOptions, clusterOptions, outputOptions} from './options.ts';
import {reportOptions} from './report-options.ts';
import type {Verb} from './verbs.ts';

export const bugreportVerb: Verb = {
	name: 'bugreport',
	describe: 'one archive for whoever shall help: logs, states, config of all machines, without secrets; changes nothing',
	options: [reportOptions, clusterOptions, accessOptions, outputOptions],
	load: async () => {
		const [{bugreport}, hands] = await Promise.all([import('./bugreport.ts'), import('../host/connect.ts')]);
		return (call) => bugreport(call, hands);
	},
};
