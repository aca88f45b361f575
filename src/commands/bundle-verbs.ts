/** The verbs of bundles: a row each, as in verbs.ts. */
import {bundleCreateOptions} from './bundle-options.ts';
import {accessOptions, clusterOptions, outputOptions} from './options.ts';
import type {Verb} from './verbs.ts';

export const bundleVerbs: readonly Verb[] = [
	{
		name: 'bundle create',
		describe: 'one file with all that this config needs, for machines without a line',
		options: [bundleCreateOptions, clusterOptions, accessOptions, outputOptions],
		words: {form: '<file>', describe: 'the file that gets the bundle'},
		load: async () => {
			const [{bundleCreate}, {openRegistry}] = await Promise.all([
				import('./bundle-create.ts'),
				import('../artifacts/registry/registry.ts'),
			]);
			return (call) => bundleCreate(call, {openRegistry});
		},
	},
	{
		name: 'bundle verify',
		describe: 'compare every byte of a bundle with its digests, and with a lock and a config if they are given',
		options: [clusterOptions, outputOptions],
		words: {form: '<files..>', describe: 'a bundle, and those that it is a difference to'},
		load: async () => (await import('./bundle-verify.ts')).bundleVerify,
	},
];
