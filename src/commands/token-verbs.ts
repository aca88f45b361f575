/** The verbs of bootstrap tokens. */
import {accessOptions, clusterOptions, outputOptions} from './options.ts';
import {tokenCreateOptions, tokenListOptions} from './token-options.ts';
import type {Verb} from './verbs.ts';

const reach = [clusterOptions, accessOptions, outputOptions];

export const tokenVerbs: readonly Verb[] = [
	{
		name: 'token create',
		describe: 'make a bootstrap token; print it, or the kubeadm join command',
		options: [tokenCreateOptions, ...reach],
		words: {form: '[token]', describe: 'the token; better: --token-file, because a command line is public'},
		load: async () => {
			const [{tokenCreate}, hands] = await Promise.all([import('./token-create.ts'), import('../host/connect.ts')]);
			return (call) => tokenCreate(call, hands);
		},
	},
	{
		name: 'token list',
		describe: 'the bootstrap tokens of the cluster',
		options: [tokenListOptions, ...reach],
		load: async () => {
			const [{tokenList}, hands] = await Promise.all([import('./token-list.ts'), import('../host/connect.ts')]);
			return (call) => tokenList(call, hands);
		},
	},
	{
		name: 'token delete',
		describe: 'delete bootstrap tokens by their ids',
		options: reach,
		words: {form: '<id..>', describe: 'ids: the part before the dot'},
		load: async () => {
			const [{tokenDelete}, hands] = await Promise.all([import('./token-delete.ts'), import('../host/connect.ts')]);
			return (call) => tokenDelete(call, hands);
		},
	},
];
