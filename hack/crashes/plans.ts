/** What a verb is about to do on the lab's machines: the product's own plan, from its own survey. Reads only. */
import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {readLock} from '../../src/artifacts/lock.ts';
import {load} from '../../src/cluster/load.ts';
import {connect} from '../../src/host/connect.ts';
import {identify} from '../../src/identity/identify.ts';
import type {Cluster, Hosts, Lock, Plan, Recipe, Site} from '../../src/model.ts';
import {look} from '../../src/pipeline/look.ts';
import {lookAtLeaving} from '../../src/pipeline/look-at-leaving.ts';
import type {Walk} from '../../src/pipeline.ts';
import {plan} from '../../src/plan.ts';
import {apply, init, join, nodeRemove, reset} from '../../src/recipes.ts';

const walk: Walk = {
	tell: () => {},
	run: 'crash',
	signal: new AbortController().signal,
	acceptNewHostKeys: false,
	lockSeconds: 60,
	hide: () => {},
	skipPhases: [],
	onlyPhases: [],
};

export type Verb = 'init' | 'join' | 'remove' | 'reset';

/** `names`: who leaves, for `remove`. */
export async function planNow(verb: Verb, file: string, names: readonly string[] = []): Promise<Plan> {
	const cluster = load(readFileSync(file, 'utf8'), {file});
	const lock = readLock(readFileSync(cluster.lock!, 'utf8'), {file: cluster.lock!});
	const hosts = await connect(cluster, walk);
	try {
		return verb === 'remove' ? await leavingPlan(cluster, hosts, names) : await ownPlan(verb, cluster, lock, hosts);
	} finally {
		await Promise.allSettled([...hosts.values()].map((host) => host.close()));
	}
}

async function ownPlan(verb: Exclude<Verb, 'remove'>, cluster: Cluster, lock: Lock, hosts: Hosts): Promise<Plan> {
	const {sites, living} = await look(cluster, hosts, walk, {alone: verb === 'reset'});
	const recipe: Recipe = verb === 'reset' ? reset : verb === 'join' ? join : living ? apply : init;
	const identity = verb === 'reset' ? identityOf(sites) : identify(cluster, sites, {clusterId: randomUUID(), now: new Date()});
	return plan(recipe, {cluster, sites, identity, lock, ...(living && {living})});
}

async function leavingPlan(cluster: Cluster, hosts: Hosts, names: readonly string[]): Promise<Plan> {
	const {living, sites, leaving} = await lookAtLeaving(cluster, {hosts, lost: new Map()}, {...walk, names});
	const seat = sites.find(({name}) => name === living.seat)!;
	const going = [...leaving].sort((one, other) => Number(other.member !== undefined) - Number(one.member !== undefined));
	const all: Site[] = [{...seat, stage: 'member'}, ...going.map(({site}) => site)];
	const undrained = leaving.filter(({drains}) => !drains).map(({site}) => site.name);
	const lock = {binaries: {}, images: {}, madeBy: '', madeAt: ''};
	return plan(nodeRemove({seconds: 300, force: false, undrained}), {
		cluster,
		sites: all,
		identity: identityOf(all),
		lock,
		living,
	});
}

const identityOf = (sites: readonly Site[]) => ({clusterId: 'crash', birthplace: sites[0]?.name ?? '', items: {}});
