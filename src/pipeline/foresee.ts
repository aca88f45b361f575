/** What would be done: the plan's steps are looked at, and what differs is said. Nothing is written. */
import {keyOf} from '../cluster/selectors.ts';
import {ConfigError, PreflightError} from '../errors.ts';
import type {Agreed} from '../foresight/difference.ts';
import {agreed, differencesOf} from '../foresight/differences.ts';
import {portrait, type Saved} from '../foresight/saved.ts';
import {otherMachines, otherSettings} from '../foresight/strayed.ts';
import type {Site} from '../model.ts';
import {lookAt} from '../run/observe.ts';
import type {Drawn} from './draw-up.ts';
import type {Walk} from './walk.ts';

export type Foreseen = {
	readonly recipe: string;
	readonly cluster: string;
	readonly sites: readonly Site[];
	/** All that differs, what nodes have in common said once. */
	readonly differences: readonly Agreed[];
	/** Steps. */
	readonly changed: number;
	readonly unchanged: number;
	/** The same as a value that can be kept and compared. */
	readonly saved: Saved;
};

/** Throws StepError, TransportError, ConfigError. */
export async function foresee(drawn: Omit<Drawn, 'living'>, walk: Walk): Promise<Foreseen> {
	const {recipe, plan, cluster, lock, sites, hosts, identity, offline} = drawn;
	const {signal, version = '', bundle, skipPhases, onlyPhases} = walk;
	const looks = await lookAt(plan, hosts, {cluster, lock, sites, identity, offline, signal, show: true});
	const differences = agreed(
		differencesOf(looks, lock),
		recipe.phases.map(({name}) => name),
	);
	const hostKeys = new Map(
		sites.flatMap(({name, spec}) => {
			const {hostKey} = hosts.get(name) ?? hosts.get(keyOf(spec)) ?? {};
			return hostKey === undefined ? [] : [[name, hostKey] as const];
		}),
	);
	const settings = {
		kubestrap: version,
		bundle: bundle?.whole.id ?? 'none',
		'skip-phases': skipPhases.toSorted().join(','),
		'only-phases': onlyPhases.toSorted().join(','),
	};
	const changed = looks.filter(({differs}) => differs).length;
	return {
		recipe: recipe.name,
		cluster: cluster.name,
		sites,
		differences,
		changed,
		unchanged: looks.length - changed,
		saved: portrait({recipe: recipe.name, cluster, lock, sites, identity, looks, differences, hostKeys}, settings),
	};
}

/** Throws ConfigError when the plan is of other settings, PreflightError when a machine is not as it was seen; each names all of it. */
export function mustBeAsAgreed(agreedOn: Saved, {saved}: Foreseen): void {
	const hint = 'look at what would be done now, and agree on that: kubestrap plan --save FILE';
	const settings = otherSettings(agreedOn, saved);
	if (settings.length > 0)
		throw new ConfigError(
			settings.map((what) => ({message: `not the plan that was saved: ${what}`})),
			{hint},
		);
	const machines = otherMachines(agreedOn, saved);
	if (machines.length === 0) return;
	throw new PreflightError(
		`the machines are not as they were when the plan was made\n${machines.join('\n')}\nnothing was changed on any machine`,
		{hint},
	);
}
