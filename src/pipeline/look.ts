/** The first half of the corridor: connect → settle → survey, with the cluster if it lives → checks. */
import {missingFromLock} from '../artifacts/lock.ts';
import type {Between} from '../checks/between-facts.ts';
import {applyIgnores} from '../checks/check.ts';
import {ConfigError, PreflightError} from '../errors.ts';
import {connect} from '../host/connect.ts';
import type {Cluster, Finding, Hosts, Living, Lock, Site} from '../model.ts';
import {missingPackages} from '../packages/wanted.ts';
import {imagesOf} from '../phases/images.ts';
import {patiently} from '../run/patience.ts';
import {settle} from '../run/settle.ts';
import {between} from '../survey/between.ts';
import {readLiving, type Search, seated} from '../survey/living.ts';
import {readRising} from '../survey/rising.ts';
import {sitesOf} from '../survey/sites.ts';
import {survey} from '../survey/survey.ts';
import {artifactsFor} from '../versions.ts';
import type {Walk} from './walk.ts';

export async function withHosts<T>(cluster: Cluster, walk: Walk, work: (hosts: Hosts) => Promise<T>): Promise<T> {
	const hosts = await connect(cluster, walk);
	return withThese(hosts, walk, () => work(hosts));
}

/** Does the work, waits for other operators where it is told to, and closes the connections. */
export async function withThese<T>(hosts: Hosts, walk: Walk, work: () => Promise<T>): Promise<T> {
	try {
		return await patiently(work, walk);
	} finally {
		await Promise.allSettled([...hosts.values()].map((host) => host.close()));
	}
}

/** What was seen: the machines, the cluster if one lives there, and why control planes said nothing of it. */
export type Seen = {readonly sites: readonly Site[]; readonly living?: Living; readonly silent: Search['silent']};

/**
 * Settles what an earlier run left, and surveys; a cluster that lives is read at the same time, unless nobody needs it (`alone`): machines can be
 * given back whatever their cluster says, and waited for when nothing can be done without it (`needed`). Whoever only looks `leaves` an earlier run at its work; else it ends its step and its waits.
 */
export async function look(
	cluster: Cluster,
	hosts: Hosts,
	walk: Walk,
	{alone = false, leaves = false, needed = false} = {},
): Promise<Seen> {
	const {tell, signal} = walk;
	const began = performance.now();
	const sweep = walk.foretell === undefined;
	await settle(hosts, {tell, signal, sweep, halt: sweep && !leaves});
	const reading = (): Search | Promise<Search> => {
		if (alone) return {silent: []};
		return needed ? readRising(cluster, hosts, {tell, signal}) : readLiving(cluster, hosts, {signal});
	};
	const [facts, search] = await Promise.all([survey(cluster, hosts, {signal}), reading()]);
	const sites = sitesOf(cluster, facts, search.found);
	const living = seated(search, sites);
	tell({type: 'survey', ms: Math.round(performance.now() - began), detail: {nodes: sites.length, living: living !== undefined}});
	return {sites, ...(living && {living}), silent: search.silent};
}

/** The second round trip: what machines are for each other. Only where one of them is not part of a cluster yet; a run with nothing to do never pays for it. */
export async function lookBetween(
	cluster: Cluster,
	sites: readonly Site[],
	hosts: Hosts,
	{tell, signal, bundle}: Walk,
): Promise<Between | undefined> {
	const began = performance.now();
	const seen = await between(cluster, sites, hosts, {signal, offline: bundle !== undefined});
	if (seen !== undefined) tell({type: 'survey', ms: Math.round(performance.now() - began), detail: {ways: seen.ways.length}});
	return seen;
}

export function tellFindings(cluster: Cluster, found: readonly Finding[], {tell}: Walk): readonly Finding[] {
	const findings = applyIgnores(found, cluster.ignorePreflightErrors);
	for (const {node, id, level, evidence, remedy} of findings) tell({type: 'check', node, detail: {id, level, evidence, remedy}});
	return findings;
}

export function refuse(findings: readonly Finding[], what = 'nothing was changed on any machine'): void {
	const errors = findings.filter(({level}) => level === 'error');
	if (errors.length === 0) return;
	const names = [...new Set(errors.map(({id}) => id))].join(',');
	throw new PreflightError(`${errors.length} preflight errors; ${what}`, {
		hint: `mend them and run the same command again, or leave them out by name: --ignore-preflight-errors ${names}`,
	});
}

/** Everything that will be laid down must be in the lock, or nothing is begun. Throws ConfigError. */
export function obey(cluster: Cluster, lock: Lock, sites: readonly Site[]): void {
	const files = [...new Set(sites.map(({facts}) => facts.arch))].flatMap((arch) => {
		const machines = sites.filter(({facts}) => facts.arch === arch);
		const images = machines.flatMap(({role}) => imagesOf(cluster, role));
		return missingFromLock(lock, {binaries: artifactsFor(cluster, arch), images, arch}, cluster.lock);
	});
	const problems = [...files, ...missingPackages(cluster, lock, sites)];
	if (problems.length > 0) throw new ConfigError(problems, {hint: 'nothing is installed that the lock does not describe'});
}
