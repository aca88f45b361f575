import {ConfigError} from './errors.ts';
import type {Recipe} from './model.ts';
import {images} from './phases/images.ts';
import {kubeletStart} from './phases/kubelet-start.ts';

/**
 * The recipe with only some of its phases (`--only-phases`), or without some (`--skip-phases`), as kubeadm's flag has it.
 * Throws ConfigError for names that are no phase of the recipe, all at once.
 */
export function narrow(recipe: Recipe, {only = [], skip = []}: {only?: readonly string[]; skip?: readonly string[]}): Recipe {
	const known = recipe.phases.map(({name}) => name);
	const unknown = [...only, ...skip].filter((name) => !known.includes(name));
	if (unknown.length > 0) {
		throw new ConfigError(
			unknown.map((name) => ({message: `${name} is no phase of ${recipe.name}`, hint: `the phases are ${known.join(', ')}`})),
		);
	}
	const phases = recipe.phases.filter(({name}) => (only.length === 0 || only.includes(name)) && !skip.includes(name));
	return {name: recipe.name, phases};
}

/** For machines that can pull nothing: no kubelet starts before the images are there, or it would ask a registry for them, and again much later. */
export const supplied = ({name, phases}: Recipe): Recipe => ({
	name,
	phases: phases.map((phase) =>
		phase.name === kubeletStart.name ? {...phase, needs: [...(phase.needs ?? []), images.name]} : phase,
	),
});
