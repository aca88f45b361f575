/** `kubestrap images list`: what kubeadm of a version would pull, and what the config adds. Contacts nothing. */
import {exitCodes} from '../errors.ts';
import {toYaml} from '../yaml.ts';
import type {Call} from './call.ts';
import {wantedImages} from './images-wanted.ts';

/**
 * Prints references, one per line, kubeadm's first; as JSON and YAML kubeadm's own object (`output.kubeadm.k8s.io/v1alpha3`), with a field
 * `addons` when a config adds some.
 */
export async function imagesList(call: Call): Promise<number> {
	const {stdout, stderr} = call.around;
	const {images, addons} = await wantedImages(call);
	const more = Object.entries(addons);
	const object = {
		kind: 'Images',
		apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
		images,
		...(more.length > 0 && {addons}),
	};
	const words = {
		text: () => [...images, ...Object.values(addons)].map((ref) => `${ref}\n`).join(''),
		json: () => `${JSON.stringify(object, null, 4)}\n`,
		yaml: () => toYaml(object, {sortMapEntries: true}),
	};
	stdout.write(words[call.flags.output]());
	if (call.flags.output === 'text' && more.length > 0)
		stderr.write(`the last ${more.length} are what the config adds: ${more.map(([name]) => name).join(', ')}\n`);
	return exitCodes.done;
}
