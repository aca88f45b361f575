/** The verbs of images: a row each, as in verbs.ts. */
import {imagesLockOptions, loadOptions, mirrorOptions, pullOptions, sourceOptions} from './images-options.ts';
import {accessOptions, clusterOptions, lockOption, outputOptions, timeoutOption} from './options.ts';
import type {Verb} from './verbs.ts';

export const imagesVerbs: readonly Verb[] = [
	{
		name: 'images list',
		describe: 'the images of a Kubernetes version, as its kubeadm lists them, and those that the config adds',
		options: [clusterOptions, outputOptions],
		load: async () => (await import('./images-list.ts')).imagesList,
	},
	{
		name: 'images lock',
		describe: "write down what upstream's images and binaries are, and which mirrors have the same",
		words: {form: '<file>', describe: 'the lock file; - is stdout'},
		options: [imagesLockOptions, clusterOptions, timeoutOption, outputOptions],
		load: async () => {
			const [{imagesLock}, {openRegistry}, {openWire}] = await Promise.all([
				import('./images-lock.ts'),
				import('../artifacts/registry/registry.ts'),
				import('../artifacts/wire.ts'),
			]);
			return (call) => imagesLock(call, {openRegistry, openWire});
		},
	},
	{
		name: 'images mirror',
		describe: 'copy images to a registry of your own; what is there already is not moved again',
		words: {form: '[images..]', describe: 'references; none: those of the config, or of the version'},
		options: [mirrorOptions, sourceOptions, clusterOptions, timeoutOption, outputOptions],
		load: async () => (await import('./images-mirror.ts')).imagesMirror,
	},
	{
		name: 'images save',
		describe: 'images as one file: an OCI layout that skopeo, crane and ctr images import read',
		words: {form: '<file..>', describe: 'the file, - is stdout; then references; none: those of the config, or of the version'},
		options: [sourceOptions, clusterOptions, timeoutOption, outputOptions],
		load: async () => (await import('./images-save.ts')).imagesSave,
	},
	{
		name: 'images load',
		describe: 'a saved file, or a bundle, into a registry or into the nodes of the config; what is there is left alone',
		words: {form: '<file..>', describe: 'the file, or a folder with such a layout; then references; none: all that are in it'},
		options: [loadOptions, clusterOptions, accessOptions, outputOptions],
		load: async () => {
			const [{imagesLoad}, hands] = await Promise.all([import('./images-load.ts'), import('../host/connect.ts')]);
			return (call) => imagesLoad(call, hands);
		},
	},
	{
		name: 'images pull',
		describe: 'pull what the nodes run, on all of them at once; what is there is left alone',
		words: {form: '[node..]', describe: 'only these nodes, by name or address'},
		options: [pullOptions, clusterOptions, accessOptions, outputOptions, lockOption],
		load: async () => {
			const [{imagesPull}, pipeline] = await Promise.all([import('./images-pull.ts'), import('../pipeline/pull.ts')]);
			return (call) => imagesPull(call, pipeline);
		},
	},
];
