/** `reset`: machines as they were. connect → settle → survey → whose are they? → plan → observe → the operator's yes → execute. */
import {randomUUID} from 'node:crypto';
import {resetFindings} from '../checks/reset.ts';
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted, PreflightError} from '../errors.ts';
import {connect} from '../host/connect.ts';
import type {Cluster, Host, Hosts, Identity, Lock, NodeSpec, Plan, Secrets, Site, Summary} from '../model.ts';
import {narrow} from '../narrow.ts';
import type {Outcome} from '../pipeline.ts';
import {plan} from '../plan.ts';
import {reset} from '../recipes.ts';
import {execute} from '../run/execute.ts';
import {type Observation, observe} from '../run/observe.ts';
import {patiently} from '../run/patience.ts';
import {nothingToDo} from '../run/tally.ts';
import {chosen, isCalled} from './chosen.ts';
import {foresee} from './foresee.ts';
import {look, tellFindings} from './look.ts';
import type {Walk} from './walk.ts';

export type ResetWalk = Walk & {
	/** Only these nodes, by name or address; none: all of the config. */
	readonly names: readonly string[];
	/** The operator's word for machines of other clusters, and of kubeadm. */
	readonly force: boolean;
	/** Machines that cannot be reached are left out, and said. */
	readonly skipUnreachable: boolean;
	/** Shown what will go, before anything does. Absent: the operator has said yes already. */
	readonly confirm?: (plan: Plan, changes: Observation['changes']) => Promise<boolean>;
};

const noLock: Lock = {binaries: {}, images: {}, madeBy: '', madeAt: ''};
const noSecrets: Secrets = {
	get: (id) => Promise.reject(new Error(`reset needs no secret, but asks for ${id}`)),
	values: () => [],
};

/**
 * Takes away what init and join put on the machines, side by side. Nothing is contacted twice or written where there is nothing to do.
 * Throws ConfigError for a name that is no node, PreflightError for a machine that needs the operator's word, ConnectError, LockedError,
 * Interrupted when the operator says no. Failed steps are in the summary.
 */
export async function resetCluster(cluster: Cluster, walk: ResetWalk): Promise<Outcome> {
	const recipe = narrow(reset, {only: walk.onlyPhases, skip: walk.skipPhases});
	// Where each name is in the config, only those machines are spoken to; else their own names have to be asked for.
	const named = cluster.nodes.filter((spec) => walk.names.some((name) => isCalled(spec, name)));
	const isKnown = walk.names.every((name) => named.some((spec) => isCalled(spec, name)));
	const asked = walk.names.length > 0 && isKnown ? named : cluster.nodes;
	const hosts = await reach({...cluster, nodes: asked}, walk);
	const {confirm} = walk;
	let answer: Promise<boolean> | undefined;
	// Who waits for another run to end looks afresh then, but is asked once.
	const once: ResetWalk = confirm ? {...walk, confirm: (...shown) => (answer ??= confirm(...shown))} : walk;
	const work = async (): Promise<Outcome> => {
		const reached = {...cluster, nodes: asked.filter((spec) => hosts.has(keyOf(spec)))};
		const {sites: seen} = await look(reached, hosts, walk, {alone: true});
		const sites = isKnown ? seen : chosen(seen, walk.names);
		const isChosen = (spec: NodeSpec) => sites.some((site) => site.spec === spec);
		const staying = cluster.nodes.filter((spec) => spec.role === 'control-plane' && walk.names.length > 0 && !isChosen(spec));
		judge(reached, sites, staying.length, walk);
		const planned = plan(recipe, {cluster, sites, identity: identityOf(sites), lock: noLock});
		return {summary: await carryOut(planned, {cluster, sites, hosts}, once), sites};
	};
	try {
		return await patiently(work, walk);
	} finally {
		await Promise.allSettled([...hosts.values()].map((host) => host.close()));
	}
}

/** All machines, or those that can be reached. */
async function reach(cluster: Cluster, walk: ResetWalk): Promise<Hosts> {
	try {
		return await connect(cluster, walk);
	} catch (error) {
		if (!(error instanceof ConnectError) || walk.signal.aborted) throw error;
		if (!walk.skipUnreachable) {
			const hint = `${error.hint}; --skip-unreachable resets the others, and leaves what cannot be reached as it is`;
			throw new ConnectError(error.node, error.message.replace(`${error.node}: `, ''), {hint, cause: error});
		}
	}
	const found: (readonly [string, Host])[] = [];
	for (const node of cluster.nodes) {
		try {
			found.push(...(await connect({...cluster, nodes: [node]}, walk)));
		} catch (error) {
			if (!(error instanceof ConnectError)) throw error;
			walk.tell({type: 'note', node: keyOf(node), detail: `left as it is, because it cannot be reached: ${error.message}`});
		}
	}
	return new Map(found);
}

function judge(cluster: Cluster, sites: readonly Site[], staying: number, walk: ResetWalk): void {
	const findings = tellFindings(
		cluster,
		resetFindings({cluster, sites, staying, version: walk.version}, {force: walk.force}),
		walk,
	);
	const errors = findings.filter(({level}) => level === 'error');
	if (errors.length === 0) return;
	const nodes = [...new Set(errors.map(({node}) => node))].join(', ');
	throw new PreflightError(`${nodes}: not reset; nothing was changed on any machine`, {
		hint: [...new Set(errors.map(({remedy}) => remedy))].join('; '),
	});
}

function identityOf(sites: readonly Site[]): Identity {
	const known = sites.find(({facts}) => facts.ownership !== undefined)?.facts.ownership?.clusterId;
	return {clusterId: known ?? randomUUID(), birthplace: sites[0]?.name ?? '', items: {}};
}

type Place = {readonly cluster: Cluster; readonly sites: readonly Site[]; readonly hosts: Hosts};

async function carryOut(planned: Plan, {cluster, sites, hosts}: Place, walk: ResetWalk): Promise<Summary> {
	const began = performance.now();
	const {tell, signal, run, version = ''} = walk;
	const identity = identityOf(sites);
	if (walk.foretell) {
		const foreseen = await foresee({recipe: reset, plan: planned, cluster, lock: noLock, sites, hosts, identity}, walk);
		await walk.foretell(foreseen);
		return nothingToDo(foreseen.unchanged, began);
	}
	const options = {cluster, lock: noLock, sites, identity, signal};
	const {changes, unchanged} = await observe(planned, hosts, options);
	if (changes.length === 0) return nothingToDo(unchanged, began);
	if (walk.confirm && !(await walk.confirm(planned, changes)))
		throw new Interrupted('nothing was changed: you did not say yes', {hint: 'say yes, or give -y'});
	// Machines with nothing to do are not locked: that would be the first thing written there.
	const busy = new Set(changes.map(({node}) => node));
	const work = {...planned, nodes: planned.nodes.filter(({node}) => busy.has(node))};
	const artifacts = (key: string) => Promise.reject(new Error(`reset needs no artifact, but asks for ${key}`));
	return execute(work, hosts, {secrets: noSecrets, tell, signal, artifacts, cluster, lock: noLock, sites, run, writer: version});
}
