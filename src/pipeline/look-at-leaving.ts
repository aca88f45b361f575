/** The first half of a removal: settle → survey → the cluster, through a control plane that stays → who leaves. */
import {check} from '../checks/check.ts';
import {keyOf} from '../cluster/selectors.ts';
import {type Leaving, leavingOf} from '../contract/leaving.ts';
import {ConnectError, PreflightError} from '../errors.ts';
import type {Cluster, Facts, Living, NodeSpec, Site} from '../model.ts';
import type {Walk} from '../pipeline.ts';
import {settle} from '../run/settle.ts';
import {seated} from '../survey/living.ts';
import {readRising} from '../survey/rising.ts';
import {sitesOf} from '../survey/sites.ts';
import {survey} from '../survey/survey.ts';
import {unseen} from '../survey/unseen.ts';
import type {Some} from './connect-some.ts';

export type Seen = {readonly living: Living; readonly sites: readonly Site[]; readonly leaving: readonly Leaving[]};

/**
 * The machines that answer, the cluster as a control plane that stays shows it, and who of `names` leaves. Throws ConnectError when none that
 * stays answers.
 */
export async function lookAtLeaving(
	cluster: Cluster,
	some: Some,
	walk: Walk & {readonly names: readonly string[]},
): Promise<Seen> {
	const {tell, signal, names} = walk;
	const began = performance.now();
	const {facts, lost} = await ask(cluster, some, walk);
	const reached = {...cluster, nodes: cluster.nodes.filter((spec) => facts.has(keyOf(spec)))};
	// An address that was given for the first control plane is not that of another one which is only the first that answers.
	const isFirst = reached.nodes.find(isPlane) === cluster.nodes.find(isPlane);
	const {advertiseAddress: _, ...others} = reached;
	const settled = sitesOf(isFirst ? reached : others, facts);
	const leaves = (spec: NodeSpec) => names.includes(settled.find((one) => one.spec === spec)?.name ?? spec.name ?? '');
	if (cluster.nodes.filter(isPlane).every(leaves)) throw lastOnes(cluster);
	const staying = new Map(
		[...some.hosts].filter(([key]) => settled.some((one) => keyOf(one.spec) === key && !names.includes(one.name))),
	);
	const {found, silent} = await readRising(cluster, staying, {tell, signal});
	if (found === undefined) throw unanswered(cluster, lost, silent);
	const sites = sitesOf(isFirst ? reached : others, facts, found);
	const living = seated({found}, sites)!;
	const why = new Map(cluster.nodes.flatMap((spec) => reasonOf(spec, lost)));
	const foreign = new Map(
		check(cluster, sites, {living}).flatMap(({id, node, evidence}) => (id === 'OtherAuthority' ? [[node, evidence]] : [])),
	);
	const view = {specs: cluster.nodes, sites, lost: why, living};
	const leaving = [...new Set(names)].flatMap((name) => leavingOf(name, view, unseen, foreign) ?? []);
	tell({type: 'survey', ms: Math.round(performance.now() - began), detail: {nodes: sites.length, leaving: leaving.length}});
	return {living, sites, leaving};
}

/** A machine that answers, and cannot be asked what it is, is as good as one that does not answer. Throws LockedError where somebody is at work. */
async function ask(
	cluster: Cluster,
	{hosts, lost}: Some,
	{tell, signal, foretell}: Walk,
): Promise<{facts: Map<string, Facts>; lost: Some['lost']}> {
	const facts = new Map<string, Facts>();
	const silent = new Map(lost);
	await Promise.all(
		cluster.nodes.map(async (spec) => {
			const host = hosts.get(keyOf(spec));
			if (host === undefined) return;
			const alone = new Map([[keyOf(spec), host]]);
			try {
				const sweep = foretell === undefined;
				await settle(alone, {tell, signal, sweep, halt: sweep});
				for (const [key, seen] of await survey({...cluster, nodes: [spec]}, alone, {signal})) facts.set(key, seen);
			} catch (error) {
				if (!(error instanceof ConnectError)) throw error;
				silent.set(keyOf(spec), error);
			}
		}),
	);
	return {facts, lost: silent};
}

const isPlane = ({role}: NodeSpec) => role === 'control-plane';

function reasonOf(spec: NodeSpec, lost: Some['lost']): [NodeSpec, string][] {
	const error = lost.get(keyOf(spec));
	return error ? [[spec, error.message.replace(`${error.node}: `, '')]] : [];
}

function lastOnes({name}: Cluster): PreflightError {
	return new PreflightError(`${name} would have no control plane of this config any more; nothing was changed`, {
		hint: 'name one that stays in the config, or let another one join first; to give the whole cluster up: kubestrap reset',
	});
}

function unanswered(cluster: Cluster, lost: Some['lost'], silent: readonly {key: string; why: string}[]): ConnectError {
	const planes = cluster.nodes.filter(isPlane).map(keyOf);
	const why = [
		...[...lost].filter(([key]) => planes.includes(key)).map(([, error]) => error.message),
		...silent.map(({key, why: reason}) => `${key}: ${reason}`),
	];
	return new ConnectError(cluster.name, `no control plane that stays answers\n${why.map((line) => `  ${line}`).join('\n')}`, {
		hint: 'a node is removed through a control plane that stays: mend one, or name it in the config; to give the cluster up: kubestrap reset',
	});
}
