import type {Options} from './options.ts';

/** `bugreport`: where the archive goes. */
export const reportOptions: Options = {
	'output-file': {
		type: 'string',
		describe: 'the archive that is written; default: kubestrap-bugreport-TIME.tar.gz in this folder',
	},
};
