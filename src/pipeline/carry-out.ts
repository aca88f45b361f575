/** The second half of the corridor: identity → plan → (observe) → execute. */
import {env} from 'node:process';
import {openArtifact} from '../artifacts/cache.ts';
import {blamed} from '../checks/causes/blamed.ts';
import {certainly} from '../checks/causes/certain.ts';
import {glimpseScript} from '../checks/causes/glimpse.ts';
import {diagnose, evidenceScript} from '../checks/causes.ts';
import {check, judgedPhases} from '../checks/check.ts';
import {ConfigError} from '../errors.ts';
import {readGiven} from '../identity/secrets/given.ts';
import {openSecrets} from '../identity/secrets.ts';
import type {Cluster, Finding, Lock, Plan, Recipe, Summary, Tell} from '../model.ts';
import {execute} from '../run/execute.ts';
import {observe} from '../run/observe.ts';
import type {Artifacts} from '../run/send.ts';
import {nothingToDo} from '../run/tally.ts';
import {SecondLook} from '../survey/second-look.ts';
import {sitesOf} from '../survey/sites.ts';
import {survey} from '../survey/survey.ts';
import {type Drawn, drawUp, type Place} from './draw-up.ts';
import {foresee, mustBeAsAgreed} from './foresee.ts';
import {tellFindings} from './look.ts';
import {fromBundle} from './supplies.ts';
import type {Walk} from './walk.ts';

/** How the work ended, and the findings of checks that could only be judged after it. */
export type Done = {readonly summary: Summary; readonly later: readonly Finding[]};

/** Plans a recipe and does what differs. Machines that we know are looked at first: when nothing differs, nobody is locked and nothing is written. */
export async function carryOut(recipe: Recipe, place: Place, walk: Walk): Promise<Done> {
	const began = performance.now();
	const {tell, signal, run, version = '', bundle} = walk;
	const drawn = await drawUp(recipe, place, walk);
	const {cluster, sites, hosts, living, lock, identity, offline, plan: planned} = drawn;
	const seen = await lookFirst(drawn, walk);
	if (seen?.changed === 0) return {summary: nothingToDo(seen.unchanged, began), later: []};
	const secrets = openSecrets(identity, cluster, sites, hosts, {environment: env, signal, living});
	walk.hide(() => secrets.values());
	await readGiven(cluster, planned, secrets);
	secrets.warm();
	const artifacts = bundle ? fromBundle(bundle.whole) : fromMirror(cluster, lock, signal);
	const explain = {
		script: evidenceScript,
		judge: diagnose,
		blamed,
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

type Seen = {readonly changed: number; readonly unchanged: number};

/**
 * What differs, where that is worth a look: undefined where much is known to be missing. Who only asked what would be done is told; who has
 * agreed on a plan gets that plan, or an error.
 */
async function lookFirst(drawn: Drawn, walk: Walk): Promise<Seen | undefined> {
	const {plan: planned, cluster, sites, hosts, lock, identity, offline} = drawn;
	if (walk.foretell || walk.agreedOn) {
		const foreseen = await foresee(drawn, walk);
		if (walk.agreedOn) mustBeAsAgreed(walk.agreedOn, foreseen);
		const detail = 'whether the credentials of mirrors are new ones is not known before: they are secrets, and not looked at';
		if (walk.foretell && cluster.mirror.auth !== undefined) walk.tell({type: 'note', detail});
		if (walk.foretell) await walk.foretell(foreseen);
		return walk.foretell ? {changed: 0, unchanged: foreseen.unchanged} : foreseen;
	}
	// Something to be made is a difference already; looking for more would only take time.
	const complete = Object.values(identity.items).every(({state}) => state === 'keep');
	// What is sent along to a mirror may be new, which looking alone does not see.
	const comparable = cluster.mirror.auth === undefined;
	if (!complete || !comparable || sites.some(({facts}) => facts.ownership === undefined)) return undefined;
	const {changes, unchanged} = await observe(planned, hosts, {cluster, lock, sites, identity, signal: walk.signal, offline});
	return {changed: changes.length, unchanged};
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
