/** `node remove`: connect to who can be reached → settle → survey → the cluster → who leaves? → the operator's yes → plan → execute. */
import {randomUUID} from 'node:crypto';
import {doubts, removalFindings} from '../checks/removal.ts';
import type {Leaving} from '../contract/leaving.ts';
import {Interrupted, PreflightError} from '../errors.ts';
import type {Cluster, Finding, Hosts, Living, Lock, NodeSpec, Secrets, Site, Summary} from '../model.ts';
import type {Walk} from '../pipeline.ts';
import {plan} from '../plan.ts';
import {nodeRemove} from '../recipes.ts';
import {execute} from '../run/execute.ts';
import {patiently} from '../run/patience.ts';
import {connectSome, type Some} from './connect-some.ts';
import {foresee} from './foresee.ts';
import {lookAtLeaving} from './look-at-leaving.ts';

export type RemoveWalk = Walk & {
	/** Names of nodes. */
	readonly names: readonly string[];
	/** The operator's word: for machines that cannot be cleaned up, and for pods that nothing makes again. */
	readonly force: boolean;
	/** Whether pods are moved first, and for how many seconds they are waited for. */
	readonly drain: boolean;
	readonly drainSeconds: number;
	/** Shown who leaves and what is doubtful, before anything is changed. Absent: the operator has said yes already. */
	readonly confirm?: (leaving: readonly Leaving[], doubtful: readonly string[]) => Promise<boolean>;
};

export type Removal = {readonly summary: Summary; readonly leaving: readonly Leaving[]; readonly absent: readonly string[]};

const noLock: Lock = {binaries: {}, images: {}, madeBy: '', madeAt: ''};
const noSecrets: Secrets = {
	get: (id) => Promise.reject(new Error(`a removal needs no secret, but asks for ${id}`)),
	values: () => [],
};

/**
 * Takes nodes out of a cluster that lives; a machine that is dead is no obstacle. Names that nobody knows are in `absent`: there is nothing to do.
 * Throws ConnectError when no control plane that stays can be reached, PreflightError for what must not be done, LockedError, Interrupted when the
 * operator says no. Failed steps are in the summary.
 */
export async function removeNodes(cluster: Cluster, walk: RemoveWalk): Promise<Removal> {
	const {names} = walk;
	// A node that the config does not name may be one of them: its machine is asked.
	const mayLeave = ({name}: NodeSpec) => name === undefined || names.includes(name);
	const nodes = cluster.nodes.filter((spec) => spec.role === 'control-plane' || mayLeave(spec));
	const some = await connectSome(cluster, nodes, walk);
	try {
		// Who waits for another run to end looks afresh then, but is asked once.
		const sure = walk.confirm && once(walk.confirm);
		return await patiently(() => remove({...cluster, nodes}, some, {...walk, ...(sure && {confirm: sure})}), walk);
	} finally {
		await Promise.allSettled([...some.hosts.values()].map((host) => host.close()));
	}
}

function once(confirm: NonNullable<RemoveWalk['confirm']>): typeof confirm {
	let answer: Promise<boolean> | undefined;
	return (leaving, doubtful) => {
		answer ??= confirm(leaving, doubtful);
		return answer;
	};
}

async function remove(cluster: Cluster, some: Some, walk: RemoveWalk): Promise<Removal> {
	const {living, sites, leaving} = await lookAtLeaving(cluster, some, walk);
	const absent = walk.names.filter((name) => !leaving.some(({site}) => site.name === name));
	if (leaving.length === 0) return {summary: nothingDone, leaving, absent};
	refuse(removalFindings(leaving, living, {externalEtcd: isExternal(cluster, living)}), walk);
	if (walk.foretell === undefined) await ask(leaving, walk);
	const seat = sites.find(({name}) => name === living.seat)!;
	const going = [...leaving].sort((one, other) => Number(other.member !== undefined) - Number(one.member !== undefined));
	const all: Site[] = [{...seat, stage: 'member'}, ...going.map(({site}) => site)];
	return {summary: await carryOut(cluster, {sites: all, living, hosts: some.hosts, leaving}, walk), leaving, absent};
}

const nothingDone: Summary = {ok: true, exit: 0, changed: 0, unchanged: 0, failed: 0, ms: 0, failures: [], spent: []};

function isExternal({configuration}: Cluster, {configMaps}: Living): boolean {
	return 'external' in configuration.etcd || /^\s+external:/m.test(configMaps['kubeadm-config']?.ClusterConfiguration ?? '');
}

/** No word of the operator helps against these: what they name would be the end of the cluster. */
function refuse(findings: readonly Finding[], {tell}: Walk): void {
	for (const {node, id, level, evidence, remedy} of findings) tell({type: 'check', node, detail: {id, level, evidence, remedy}});
	const [first] = findings;
	if (first === undefined) return;
	throw new PreflightError(`${findings.map(({node, evidence}) => `${node}: ${evidence}`).join('\n')}\nnothing was changed`, {
		hint: [...new Set(findings.map(({remedy}) => remedy))].join('; '),
	});
}

async function ask(leaving: readonly Leaving[], {confirm, force, drain, tell}: RemoveWalk): Promise<void> {
	const doubtful = doubts(leaving, {drained: drain});
	if (confirm) {
		if (await confirm(leaving, doubtful)) return;
		throw new Interrupted('nothing was changed: you did not say yes', {hint: 'say yes, or give -y'});
	}
	if (doubtful.length > 0 && !force) {
		const hint = 'mend that first, or give your word for it: --force (for pods alone: --no-drain)';
		throw new PreflightError(`${doubtful.join('\n')}\nnothing was changed`, {hint});
	}
	for (const detail of doubtful) tell({type: 'note', detail});
}

type Place = {
	readonly sites: readonly Site[];
	readonly living: Living;
	readonly hosts: Hosts;
	readonly leaving: readonly Leaving[];
};

async function carryOut(cluster: Cluster, {sites, living, hosts, leaving}: Place, walk: RemoveWalk): Promise<Summary> {
	const {tell, signal, run, version = '', drain, drainSeconds, force} = walk;
	const undrained = leaving.filter(({drains}) => !drain || !drains).map(({site}) => site.name);
	const [seat] = sites;
	const clusterId = seat?.facts.ownership?.clusterId ?? randomUUID();
	const identity = {clusterId, birthplace: living.seat, items: {}};
	const recipe = nodeRemove({seconds: drainSeconds, force, undrained});
	const planned = plan(recipe, {cluster, sites, identity, lock: noLock, living});
	if (walk.foretell) {
		await walk.foretell(await foresee({recipe, plan: planned, cluster, lock: noLock, sites, hosts, identity}, walk));
		return nothingDone;
	}
	const artifacts = (key: string) => Promise.reject(new Error(`a removal needs no artifact, but asks for ${key}`));
	return execute(planned, hosts, {
		secrets: noSecrets,
		tell,
		signal,
		artifacts,
		cluster,
		lock: noLock,
		sites,
		living,
		run,
		writer: version,
	});
}
