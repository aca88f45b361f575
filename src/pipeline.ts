/**
 * The corridor that every command walks, whole or in part:
 * connect → settle → survey → checks → identity → plan → (observe) → execute.
 */
import {check} from './checks/check.ts';
import {identityFindings} from './checks/identity.ts';
import {keyOf, selected} from './cluster/selectors.ts';
import {adaptationsFor} from './contract/adaptations.ts';
import {moveOf} from './contract/endpoint-ready.ts';
import {ConnectError, PreflightError} from './errors.ts';
import type {Cluster, Finding, Hosts, Lock, NodeSpec, Recipe, Site, Summary} from './model.ts';
import {narrow, supplied} from './narrow.ts';
import {carryOut, type Done} from './pipeline/carry-out.ts';
import {connectJoining, missed} from './pipeline/connect-joining.ts';
import {look, lookBetween, obey, refuse, type Seen, tellFindings, withHosts, withThese} from './pipeline/look.ts';
import {bytesOf, obeyBundle} from './pipeline/supplies.ts';
import type {Walk} from './pipeline/walk.ts';
import {apply, init, join} from './recipes.ts';

export type {Walk} from './pipeline/walk.ts';

export type Outcome = {readonly summary: Summary; readonly sites: readonly Site[]};

/**
 * A cluster as the config has it: a new one, or what is missing of one that lives (init and apply).
 * Throws PreflightError, ConnectError, IdentityError, LockedError; failed steps are in the summary.
 */
export async function converge(cluster: Cluster, lock: Lock, walk: Walk): Promise<Outcome> {
	return withHosts(cluster, walk, async (hosts) => {
		const place = {cluster, lock, hosts};
		const seen = await look(cluster, hosts, walk);
		sayUnlisted(seen, walk);
		const settled = selected(seen.sites, 'settled');
		const isAsleep = seen.living === undefined && settled.length > 0 && settled.length < seen.sites.length;
		if (!isAsleep) return finish(await work(seen.living ? apply : init, seen, place, walk), walk, hosts, seen.sites);
		// Nobody can join a cluster that does not answer: what is there is mended first.
		walk.tell({type: 'note', detail: 'the cluster has formed, but no API server answers: its own nodes come first'});
		const mended = await work(init, {...seen, sites: settled}, place, walk);
		// What comes then cannot be known before.
		if (walk.foretell) walk.tell({type: 'note', detail: waitsOutside(seen.sites)});
		if (!mended.summary.ok || walk.foretell || walk.agreedOn) return finish(mended, walk, hosts, seen.sites);
		const again = await look(cluster, hosts, walk);
		if (again.living === undefined) throw unanswered(again);
		return finish(await work(apply, again, place, walk), walk, hosts, again.sites);
	});
}

/**
 * More machines for a cluster that lives: those that are meant; nodes that are part of it already are left alone, the other control planes of the
 * config are only asked for the cluster, and one that is dead is left out. Throws as `converge`.
 */
export async function joinTo(
	cluster: Cluster,
	lock: Lock,
	walk: Walk & {readonly isMeant: (node: NodeSpec) => boolean},
): Promise<Outcome> {
	const {cluster: reached, hosts, lost, why} = await connectJoining(cluster, walk);
	return withThese(hosts, walk, async () => {
		const seen = await look(reached, hosts, walk, {needed: true});
		if (seen.living === undefined) throw why ?? unanswered(seen);
		const silent = cluster.nodes.filter((spec) => lost.has(keyOf(spec)));
		if (why !== undefined && missed(silent, seen.living, walk.isMeant).length > 0) throw why;
		for (const spec of silent) walk.tell({type: 'note', detail: `left as it is: ${lost.get(keyOf(spec))!.message}`});
		const sites = seen.sites.filter(({stage, spec}) => stage === 'member' || walk.isMeant(spec));
		return finish(await work(join, {...seen, sites}, {cluster: reached, lock, hosts}, walk), walk, hosts, sites);
	});
}

/** All findings on all machines, told as `check` events too. Changes nothing. */
export async function preflight(cluster: Cluster, walk: Walk & {readonly lock?: Lock}): Promise<Looked> {
	return withHosts(cluster, walk, async (hosts) => {
		const {sites, living} = await look(cluster, hosts, walk, {leaves: true});
		const seen = {living, version: walk.version, lock: walk.lock, between: await lookBetween(cluster, sites, hosts, walk)};
		const found = [...check(cluster, sites, seen), ...identityFindings(cluster, sites, new Date())];
		return {findings: tellFindings(cluster, found, walk), sites};
	});
}

/** What a look has found, and the machines in the order of the config. */
export type Looked = {readonly findings: readonly Finding[]; readonly sites: readonly Site[]};

type Place = {readonly cluster: Cluster; readonly lock: Lock; readonly hosts: Hosts};

/** Judges, refuses, says what is adapted, and does the recipe. */
async function work(recipe: Recipe, {sites, living}: Seen, {cluster, lock, hosts}: Place, walk: Walk): Promise<Done> {
	const asked = narrow(recipe, {only: walk.onlyPhases, skip: walk.skipPhases});
	const narrowed = walk.bundle ? supplied(asked) : asked;
	const bundleBytes = walk.bundle && bytesOf(walk.bundle.whole);
	// With only some phases nobody needs the others yet. Listeners, and a file for the speed of a disk, are more than a look.
	const isAlone = walk.onlyPhases.length > 0 || walk.foretell !== undefined;
	const between = isAlone ? undefined : await lookBetween(cluster, sites, hosts, walk);
	const findings = tellFindings(
		cluster,
		check(cluster, sites, {living, bundleBytes, lock, between, version: walk.version}),
		walk,
	);
	// Who only asks is shown all of it: what is in the way, and what would be done.
	if (walk.foretell === undefined) refuse(findings);
	const touched = recipe === join ? selected(sites, 'joining') : sites;
	obey(cluster, lock, touched);
	if (walk.bundle) obeyBundle(cluster, walk.bundle.whole, touched);
	for (const {say, nodes} of adaptationsFor(touched)) walk.tell({type: 'note', detail: `${nodes.join(', ')}: ${say}`});
	const move = recipe === join ? undefined : moveOf({cluster, sites});
	if (move !== undefined) walk.tell({type: 'note', detail: move});
	return carryOut(narrowed, {cluster, lock, sites, hosts, living}, walk);
}

async function finish({summary, later}: Done, walk: Walk, hosts: Hosts, sites: readonly Site[]): Promise<Outcome> {
	// With only some phases there may be no cluster yet to hand over.
	if (summary.ok && walk.onlyPhases.length === 0) await walk.onceDone?.(hosts, sites);
	refuse(later, 'the work is done, but it did not make true what it should');
	return {summary, sites};
}

/** A node that is no longer listed is reported, never removed. */
function sayUnlisted({sites, living}: Seen, {tell}: Walk): void {
	const listed = new Set(sites.map(({name}) => name));
	for (const {name} of living?.nodes ?? []) {
		if (!listed.has(name))
			tell({
				type: 'note',
				detail: `${name} is a node of the cluster, but not in the config: kubestrap node remove ${name} takes it out`,
			});
	}
}

const waitsOutside = (sites: readonly Site[]) =>
	`${selected(sites, 'joining')
		.map(({name}) => name)
		.join(', ')}: joins when the cluster answers, and what is done there then cannot be said before`;

function unanswered({silent, sites}: Seen): Error {
	const why = silent.map(({key, why: reason}) => `${key}: ${reason}`).join('\n');
	if (silent.length === 0) return new PreflightError('no control plane to ask', {hint: 'name one that is part of the cluster'});
	return new ConnectError(sites[0]?.name ?? 'cluster', `no API server of the cluster answers\n${why}`, {
		hint: "name a control plane that lives; `kubestrap apply -c cluster.yaml` mends the cluster's own nodes",
	});
}
