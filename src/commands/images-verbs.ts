/** The verbs of images: a row each, as in verbs.ts. */
import {clusterOptions, outputOptions} from './options.ts';
import type {Verb} from './verbs.ts';

export const imagesVerbs: readonly Verb[] = [
	{
		name: 'images list',
		describe: 'the images of a Kubernetes version, as its kubeadm lists them, and those that the config adds',
		options: [clusterOptions, outputOptions],
		load: async () => (await import('./images-list.ts')).imagesList,
	},
];
