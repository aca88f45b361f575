import type {Step} from '../model.ts';
import type {System} from './systems.ts';

/** The step by which packages of a system's own repositories come, at the version that it has. */
export function installed({tool}: System, names: readonly string[]): Step {
	const title = `install ${names.join(', ')}`;
	if (tool !== 'apt') return {kind: 'rpms', title, tool, packages: names};
	return {kind: 'package', title, packages: names.map((name) => ({name})), hold: false, sources: [], idle: []};
}
