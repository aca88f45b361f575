/** What becomes of the machines themselves: who joins, who leaves, who begins a cluster. Pure. */
import type {Role, Site} from '../model.ts';

/** `new`: of a cluster that is not there yet. `gone`: leaves, and its machine is not touched, because it cannot be asked. */
export type Fate = 'new' | 'joins' | 'stays' | 'leaves' | 'gone' | 'given back';
export type Machine = {readonly node: string; readonly role: Role; readonly fate: Fate};

const stages: Readonly<Record<NonNullable<Site['stage']>, Fate>> = {
	member: 'stays',
	joining: 'joins',
	leaving: 'leaves',
	gone: 'gone',
};

/** In the order of the config. A machine that a run has begun to make part of a cluster is no new one. */
export function fatesOf(recipe: string, sites: readonly Site[]): Machine[] {
	return sites.map((site) => ({node: site.name, role: site.role, fate: recipe === 'reset' ? 'given back' : fateOf(site)}));
}

function fateOf({stage, facts}: Site): Fate {
	if (stage !== undefined) return stages[stage];
	return facts.ownership === undefined ? 'new' : 'stays';
}
