/** How a component's configuration is put together, and the mark by which kubeadm knows its own (contract 7.1, 9.3). */
import {createHash} from 'node:crypto';
import {isObject} from '../patches/merge-patch.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The later layers win; objects are merged, lists replaced. */
export function layered(...layers: readonly Fields[]): Record<string, unknown> {
	const result: Record<string, unknown> = {};
	for (const layer of layers) {
		for (const [name, value] of Object.entries(layer)) {
			const before = result[name];
			result[name] = isObject(before) && isObject(value) ? layered(before, value) : value;
		}
	}
	return result;
}

/**
 * Annotations of a ConfigMap with a component's configuration. kubeadm makes a configuration anew at upgrade when it carries this hash of the
 * data, in the order of the keys; so it has none when anything in it came from the operator or from the survey.
 */
export function generatedMark(data: Readonly<Record<string, string>>, generated: boolean): Record<string, string> {
	if (!generated) return {};
	const hash = createHash('sha256');
	for (const key of Object.keys(data).sort()) hash.update(data[key]!);
	return {'kubeadm.kubernetes.io/component-config.hash': `sha256:${hash.digest('hex')}`};
}
