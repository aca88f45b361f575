/** identity → plan: all that is known before anything is looked at or done. */
import {randomUUID} from 'node:crypto';
import {repositoryKeys} from '../artifacts/package-keys.ts';
import {identify} from '../identity/identify.ts';
import type {Cluster, Hosts, Identity, Living, Lock, Plan, Recipe, Site} from '../model.ts';
import {aptSources, withPackageFiles} from '../packages/wanted.ts';
import {plan} from '../plan.ts';
import {suppliesOf} from './supplies.ts';
import type {Walk} from './walk.ts';

export type Place = {
	readonly cluster: Cluster;
	readonly lock: Lock;
	readonly sites: readonly Site[];
	readonly hosts: Hosts;
	readonly living?: Living | undefined;
};

export type Drawn = Place & {
	readonly recipe: Recipe;
	readonly plan: Plan;
	readonly identity: Identity;
	/** As for executing. */
	readonly offline?: {readonly rate?: number} | undefined;
};

/** A cluster that is yet to be born gets a new id, or the one that was agreed on. */
export async function drawUp(recipe: Recipe, place: Place, walk: Walk): Promise<Drawn> {
	const {cluster, sites, living} = place;
	const {bundle, agreedOn} = walk;
	const lock = bundle ? withPackageFiles(place.lock) : place.lock;
	const identity = identify(cluster, sites, {clusterId: agreedOn?.clusterId ?? randomUUID(), now: new Date()});
	const keys = await keysFor(recipe, place, walk);
	const supplies = bundle && suppliesOf(bundle.whole);
	const offline = bundle && (bundle.rate === undefined ? {} : {rate: bundle.rate});
	const scope = {cluster, sites, identity, lock, keys, ...(living && {living}), ...(supplies && {supplies})};
	return {...place, lock, recipe, identity, plan: plan(recipe, scope), ...(offline && {offline})};
}

/** The keys of package repositories, where the recipe lays any down. */
async function keysFor(
	recipe: Recipe,
	{cluster, lock}: Place,
	{signal, bundle}: Walk,
): Promise<Readonly<Record<string, string>>> {
	const isNeeded = bundle === undefined && recipe.phases.some(({name}) => name === 'package-sources');
	return isNeeded ? repositoryKeys(aptSources(cluster, lock), cluster.mirror, {signal}) : {};
}
