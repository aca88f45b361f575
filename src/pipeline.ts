/**
 * The corridor that every command walks, whole or in part:
 * connect → settle → survey → checks → identity → plan → (observe) → execute.
 */
import {randomUUID} from 'node:crypto';
import {env} from 'node:process';
import {openArtifact} from './artifacts/cache.ts';
import {missingFromLock} from './artifacts/lock.ts';
import {diagnose, evidenceScript} from './checks/causes.ts';
import {applyIgnores, check, judgedPhases} from './checks/check.ts';
import {adaptationsFor} from './contract/adaptations.ts';
import {ConfigError, PreflightError} from './errors.ts';
import {connect} from './host/connect.ts';
import {identify} from './identity/identify.ts';
import {askedToken} from './identity/secrets/asked-token.ts';
import {openSecrets} from './identity/secrets.ts';
import type {Cluster, Finding, Hosts, Lock, Recipe, Site, Summary, Tell} from './model.ts';
import {imagesOf} from './phases/images.ts';
import {plan} from './plan.ts';
import {init, narrow} from './recipes.ts';
import {execute} from './run/execute.ts';
import {observe} from './run/observe.ts';
import {patiently} from './run/patience.ts';
import {settle} from './run/settle.ts';
import {SecondLook} from './survey/second-look.ts';
import {sitesOf} from './survey/sites.ts';
import {survey} from './survey/survey.ts';
import {artifactsFor} from './versions.ts';

export type Walk = {
	readonly tell: Tell;
	/** The run's id, which events, the log file and the nodes' locks carry. */
	readonly run: string;
	/** Version of kubestrap, for the nodes' records. */
	readonly version?: string;
	readonly signal: AbortSignal;
	readonly acceptNewHostKeys: boolean;
	readonly sudoPassword?: () => Promise<string>;
	/** Of an encrypted key that no agent holds. */
	readonly passphrase?: () => Promise<string>;
	/** How long to wait for another run to end; absent: not at all. */
	readonly lockSeconds?: number;
	/** How many machines are connected to at a time. */
	readonly concurrency?: number;
	/** Told where secrets are kept as soon as there is such a place, so that no report shows one. */
	readonly hide: (values: () => readonly string[]) => void;
	readonly skipPhases: readonly string[];
	readonly onlyPhases: readonly string[];
	/** Called after a run without failures, while the connections still live. */
	readonly onceDone?: (hosts: Hosts, sites: readonly Site[]) => Promise<void>;
};

export type Outcome = {readonly summary: Summary; readonly sites: readonly Site[]};

/** A new cluster, or what is missing of it. Throws PreflightError, ConnectError, IdentityError, LockedError; failed steps are in the summary. */
export async function initialise(cluster: Cluster, lock: Lock, walk: Walk): Promise<Outcome> {
	const recipe = narrow(init, {only: walk.onlyPhases, skip: walk.skipPhases});
	return withHosts(cluster, walk, async (hosts) => {
		const sites = await look(cluster, hosts, walk);
		refuse(tellFindings(cluster, check(cluster, sites), walk));
		obey(cluster, lock, sites);
		for (const {say, nodes} of adaptationsFor(sites)) walk.tell({type: 'note', detail: `${nodes.join(', ')}: ${say}`});
		const {summary, later} = await carryOut(recipe, {cluster, lock, sites, hosts}, walk);
		// With only some phases there may be no cluster yet to hand over.
		if (summary.ok && walk.onlyPhases.length === 0) await walk.onceDone?.(hosts, sites);
		refuse(later, 'the work is done, but it did not make true what it should');
		return {summary, sites};
	});
}

/** All findings on all machines, told as `check` events too. Changes nothing. */
export async function preflight(cluster: Cluster, walk: Walk): Promise<readonly Finding[]> {
	return withHosts(cluster, walk, async (hosts) => tellFindings(cluster, check(cluster, await look(cluster, hosts, walk)), walk));
}

async function withHosts<T>(cluster: Cluster, walk: Walk, work: (hosts: Hosts) => Promise<T>): Promise<T> {
	const hosts = await connect(cluster, walk);
	try {
		return await patiently(() => work(hosts), walk);
	} finally {
		await Promise.allSettled([...hosts.values()].map((host) => host.close()));
	}
}

/** Settles what an earlier run left, and surveys. */
export async function look(cluster: Cluster, hosts: Hosts, {tell, signal}: Walk): Promise<Site[]> {
	const began = performance.now();
	await settle(hosts, {tell, signal});
	const sites = sitesOf(cluster, await survey(cluster, hosts, {signal}));
	tell({type: 'survey', ms: Math.round(performance.now() - began), detail: {nodes: sites.length}});
	return sites;
}

export function tellFindings(cluster: Cluster, found: readonly Finding[], {tell}: Walk): readonly Finding[] {
	const findings = applyIgnores(found, cluster.ignorePreflightErrors);
	for (const {node, id, level, evidence, remedy} of findings) tell({type: 'check', node, detail: {id, level, evidence, remedy}});
	return findings;
}

function refuse(findings: readonly Finding[], what = 'nothing was changed on any machine'): void {
	const errors = findings.filter(({level}) => level === 'error');
	if (errors.length === 0) return;
	const names = [...new Set(errors.map(({id}) => id))].join(',');
	throw new PreflightError(`${errors.length} preflight errors; ${what}`, {
		hint: `mend them and run the same command again, or leave them out by name: --ignore-preflight-errors ${names}`,
	});
}

/** Everything that will be laid down must be in the lock, or nothing is begun. Throws ConfigError. */
function obey(cluster: Cluster, lock: Lock, sites: readonly Site[]): void {
	const binaries = sites.flatMap(({facts}) => artifactsFor(cluster, facts.arch));
	const images = sites.flatMap(({role}) => imagesOf(cluster, role));
	const problems = missingFromLock(lock, {binaries, images}, cluster.lock);
	if (problems.length > 0) throw new ConfigError(problems, {hint: 'nothing is installed that the lock does not describe'});
}

/** How the work ended, and the findings of checks that could only be judged after it. */
type Done = {readonly summary: Summary; readonly later: readonly Finding[]};

type Place = {readonly cluster: Cluster; readonly lock: Lock; readonly sites: readonly Site[]; readonly hosts: Hosts};

/** Plans a recipe and does what differs. Machines that we know are looked at first: when nothing differs, nobody is locked and nothing is written. */
async function carryOut(recipe: Recipe, {cluster, lock, sites, hosts}: Place, walk: Walk): Promise<Done> {
	const began = performance.now();
	const {tell, signal, run, version = ''} = walk;
	const identity = identify(cluster, sites, {clusterId: randomUUID(), now: new Date()});
	const planned = plan(recipe, {cluster, sites, identity, lock});
	// Something to be made is a difference already; looking for more would only take time.
	const complete = Object.values(identity.items).every(({state}) => state === 'keep');
	if (complete && sites.every(({facts}) => facts.ownership !== undefined)) {
		const {changes, unchanged} = await observe(planned, hosts, {cluster, lock, sites, identity, signal});
		if (changes.length === 0) {
			const ms = Math.round(performance.now() - began);
			return {summary: {ok: true, exit: 0, changed: 0, unchanged, failed: 0, ms, failures: [], spent: []}, later: []};
		}
	}
	const secrets = openSecrets(identity, cluster, sites, hosts, {environment: env, signal});
	walk.hide(() => secrets.values());
	await askedToken(cluster, planned, secrets);
	secrets.warm();
	const artifacts = (key: string) => {
		const locked = lock.binaries[key];
		if (locked === undefined) throw new ConfigError([{message: `the lock has no ${key}`, hint: 'make a lock that has it'}]);
		return openArtifact(key, locked, cluster.mirror, {signal});
	};
	const explain = {script: evidenceScript, judge: diagnose};
	const judged = judgedPhases.filter((name) => recipe.phases.some((phase) => phase.name === name));
	const second = new SecondLook(planned, judged, async () => {
		const seen = sitesOf(cluster, await survey(cluster, hosts, {signal, deep: true}));
		return tellFindings(cluster, check(cluster, seen, {after: judged, bare: false}), walk);
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
	});
	return {summary, later: summary.ok ? await second.found() : []};
}
