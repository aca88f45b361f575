/** kubeadm's patches directory, applied: contract 6.11. */
import {ConfigError} from '../errors.ts';
import type {Patch} from '../model.ts';
import {parseYaml} from '../yaml.ts';
import {jsonPatch, type Operation} from './json-patch.ts';
import {mergePatch} from './merge-patch.ts';
import {strategicPatch} from './strategic-patch.ts';

const apply: Readonly<Record<Patch['type'], (target: unknown, patch: unknown) => unknown>> = {
	strategic: strategicPatch,
	merge: mergePatch,
	json: (target, patch) => jsonPatch(target, patch as Operation[]),
};

/**
 * The object after all patches of a target, in the order of the list; every document of a file is a patch.
 * Throws ConfigError that names the file of a patch that cannot be read or does not fit.
 */
export function patched(target: string, object: unknown, patches: readonly Patch[]): unknown {
	return patches.filter((patch) => patch.target === target).reduce(applyFile, object);
}

function applyFile(object: unknown, {type, file, text, target}: Patch): unknown {
	const {documents, problems} = parseYaml(text, {file});
	if (problems.length > 0) throw new ConfigError(problems);
	try {
		return documents.reduce((result, {value}) => apply[type](result, value), object);
	} catch (cause) {
		const message = `the ${type} patch does not fit ${target}: ${(cause as Error).message}`;
		throw new ConfigError([{file, message}], {cause});
	}
}
