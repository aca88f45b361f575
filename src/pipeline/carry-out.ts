/** The second half of the corridor: identity → plan → (observe) → execute. */
import {randomUUID} from 'node:crypto';
import {env} from 'node:process';
import {openArtifact} from '../artifacts/cache.ts';
import {repositoryKeys} from '../artifacts/package-keys.ts';
import {blamed} from '../checks/causes/blamed.ts';
import {certainly} from '../checks/causes/certain.ts';
import {glimpseScript} from '../checks/causes/glimpse.ts';
import {diagnose, evidenceScript, isForAllNodes} from '../checks/causes.ts';
import {check, judgedPhases} from '../checks/check.ts';
import {ConfigError} from '../errors.ts';
import {identify} from '../identity/identify.ts';
import {readGiven} from '../identity/secrets/given.ts';
import {openSecrets} from '../identity/secrets.ts';
import type {Cluster, Finding, Hosts, Living, Lock, Plan, Recipe, Site, Summary, Tell} from '../model.ts';
import {aptSources, withPackageFiles} from '../packages/wanted.ts';
import {plan} from '../plan.ts';
import {execute} from '../run/execute.ts';
import {observe} from '../run/observe.ts';
import type {Artifacts} from '../run/send.ts';
import {nothingToDo} from '../run/tally.ts';
import {SecondLook} from '../survey/second-look.ts';
import {sitesOf} from '../survey/sites.ts';
import {survey} from '../survey/survey.ts';
import {tellFindings} from './look.ts';
import {fromBundle, suppliesOf} from './supplies.ts';
import type {Walk} from './walk.ts';

/** How the work ended, and the findings of checks that could only be judged after it. */
export type Done = {readonly summary: Summary; readonly later: readonly Finding[]};

export type Place = {
	readonly cluster: Cluster;
	readonly lock: Lock;
	readonly sites: readonly Site[];
	readonly hosts: Hosts;
	readonly living?: Living | undefined;
};

/** Plans a recipe and does what differs. Machines that we know are looked at first: when nothing differs, nobody is locked and nothing is written. */
export async function carryOut(recipe: Recipe, place: Place, walk: Walk): Promise<Done> {
	const began = performance.now();
	const {cluster, sites, hosts, living} = place;
	const lock = walk.bundle ? withPackageFiles(place.lock) : place.lock;
	const {tell, signal, run, version = '', bundle} = walk;
	const identity = identify(cluster, sites, {clusterId: randomUUID(), now: new Date()});
	const keys = await keysFor(recipe, place, walk);
	const supplies = bundle && suppliesOf(bundle.whole);
	const offline = bundle && (bundle.rate === undefined ? {} : {rate: bundle.rate});
	const planned = plan(recipe, {cluster, sites, identity, lock, keys, ...(living && {living}), ...(supplies && {supplies})});
	// Something to be made is a difference already; looking for more would only take time.
	const complete = Object.values(identity.items).every(({state}) => state === 'keep');
	// What is sent along to a mirror may be new, which looking alone does not see.
	const comparable = cluster.mirror.auth === undefined;
	if (complete && comparable && sites.every(({facts}) => facts.ownership !== undefined)) {
		const {changes, unchanged} = await observe(planned, hosts, {cluster, lock, sites, identity, signal, offline});
		if (changes.length === 0) return {summary: nothingToDo(unchanged, began), later: []};
	}
	const secrets = openSecrets(identity, cluster, sites, hosts, {environment: env, signal, living});
	walk.hide(() => secrets.values());
	await readGiven(cluster, planned, secrets);
	secrets.warm();
	const artifacts = bundle ? fromBundle(bundle.whole) : fromMirror(cluster, lock, signal);
	const explain = {
		script: evidenceScript,
		judge: diagnose,
		blamed,
		everywhere: isForAllNodes,
		glimpse: glimpseScript,
		certainly,
	};
	const judged = judgedPhases.filter((name) => recipe.phases.some((phase) => phase.name === name));
	// Machines that are not part of the plan were connected to, but nothing is made true there.
	const second = new SecondLook(planned, judged, async () => {
		const there = {...cluster, nodes: sites.map(({spec}) => spec)};
		const seen = sitesOf(there, await survey(there, hosts, {signal, deep: true}), living);
		return tellFindings(cluster, check(cluster, seen, {after: (site) => phasesOf(planned, site.name), bare: false}), walk);
	});
	const heard: Tell = (news) => {
		second.hear(news);
		tell(news);
	};
	const summary = await execute(planned, hosts, {
		secrets,
		tell: heard,
		signal,
		artifacts,
		cluster,
		lock,
		sites,
		diagnose: explain,
		run,
		writer: version,
		offline,
		...(living && {living}),
	});
	return {summary, later: summary.ok ? await second.found() : []};
}

/** What the plan has for a node: on one that is only asked nothing was made true. */
const phasesOf = ({nodes}: Plan, name: string) =>
	nodes.flatMap(({node, chapters}) => (node === name ? chapters.flatMap(({phases}) => phases.map((phase) => phase.name)) : []));

/** The keys of package repositories, where the recipe lays any down. */
async function keysFor(
	recipe: Recipe,
	{cluster, lock}: Place,
	{signal, bundle}: Walk,
): Promise<Readonly<Record<string, string>>> {
	const isNeeded = bundle === undefined && recipe.phases.some(({name}) => name === 'package-sources');
	return isNeeded ? repositoryKeys(aptSources(cluster, lock), cluster.mirror, {signal}) : {};
}

/** Fetched from the mirror into the operator's cache, for nodes that cannot do it themselves. */
function fromMirror({mirror}: Cluster, lock: Lock, signal: AbortSignal): Artifacts {
	return (key) => {
		const locked = lock.binaries[key];
		if (locked === undefined)
			throw new ConfigError([{message: `the lock has no ${key}`, hint: '`kubestrap images lock` makes a lock that has it'}]);
		return openArtifact(key, locked, mirror, {signal});
	};
}
