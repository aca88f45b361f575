/** `kubestrap version`; without flags src/main.ts has answered already, in the same words. */
import {exitCodes} from '../errors.ts';
import type {Call} from './call.ts';

export async function version({flags, around}: Call): Promise<number> {
	const words = {
		text: `kubestrap ${around.version}\n`,
		json: `${JSON.stringify({kubestrap: around.version})}\n`,
		yaml: `kubestrap: ${around.version}\n`,
	};
	around.stdout.write(words[flags.output]);
	return exitCodes.done;
}
