import {randomUUID} from 'node:crypto';
import {keyOf} from '../cluster/selectors.ts';
import {exitCodes, KubestrapError, LockedError, StepError} from '../errors.ts';
import type {Host, Hosts, Plan, Site, Summary, Tell} from '../model.ts';
import {Board} from './board.ts';
import {takeCluster, takenWhenBorn} from './cluster-lease.ts';
import {LineOnce} from './depot.ts';
import {earlierText} from './earlier.ts';
import {isCutShort, isLeft, within} from './halting.ts';
import type {Hold} from './hold.ts';
import {Lane} from './lane.ts';
import {anyLost, takeLeases} from './lease.ts';
import type {ExecuteOptions} from './options.ts';
import {Tally} from './tally.ts';
import {throttle} from './throttle.ts';

/**
 * Does what the plan says, node by node side by side; the only function that changes machines. Takes every node's lease first.
 * A node that fails stops, and those that wait for it are not reached; the others go on to their end. What closes the plan is done then,
 * whatever has happened, after Ctrl-C too. Failures are in the summary; it throws only before anything was changed: LockedError, ConfigError, ConnectError, StepError.
 */
export async function execute(plan: Plan, hosts: Hosts, options: ExecuteOptions): Promise<Summary> {
	const run = options.run ?? randomUUID();
	const tally = new Tally(options.tell);
	const nodes = plan.nodes.flatMap(({node}) => placeOf(node, hosts, options.sites, isNeeded(node, plan)));
	const leases = await takeLeases([...new Set(nodes.map(({host}) => host))], {run, verb: plan.recipe});
	for (const [node, {earlier}] of leases) if (earlier) options.tell({type: 'note', node, detail: earlierText(earlier)});
	const signal = AbortSignal.any([...(options.signal ? [options.signal] : []), anyLost(leases)]);
	const holds: Hold[] = [...leases.values()];
	const line = throttle(options.offline?.rate);
	const sharing = options.offline !== undefined && nodes.length > 1;
	const depot = sharing ? new LineOnce(nodes, {...options, throttle: line, tell: tally.tell}) : undefined;
	try {
		for (const {site, host} of nodes) sameSince(site, leases.get(host.name)!.fence);
		const speak = (seat: string) => {
			const {host} = placeOf(seat, hosts, options.sites, true)[0]!;
			const {fence, earlier} = leases.get(host.name) ?? {};
			return takeCluster(host, {run, tell: options.tell, fence, before: earlier?.run});
		};
		const whole = options.living && (await heldIfItAnswers(speak(options.living.seat), options.tell));
		if (whole) holds.push(whole);
		const unitName = (chapter: string, hash: string) => `kubestrap-${plan.cluster.name}-${chapter}-${hash}`;
		const record = (fence: number, site: Site) => recordOf(plan, site, fence, options.writer);
		const places = new Map(
			nodes.map(({node, site, host}) => {
				const {fence, lost} = leases.get(host.name)!;
				return [node, {site, host, lease: {fence, lost: whole ? either(lost, whole.lost) : lost}}] as const;
			}),
		);
		const walk = (walks: Plan['nodes'], stop: AbortSignal | undefined) => {
			const board = new Board(walks);
			const shared = {...options, run, board, tally, unitName, record, signal: stop, depot, throttle: line};
			const lanes = walks.map(({node, chapters}) => new Lane(node, places, chapters, shared));
			return {board, go: () => Promise.all(lanes.map((lane) => lane.walk()))};
		};
		// Both are compiled before anything is done.
		const late = new AbortController();
		const [work, closing] = [walk(plan.nodes, signal), walk(plan.closing, late.signal)];
		const born = options.living
			? undefined
			: plan.nodes.find(({chapters}) => chapters.some(({phases}) => phases.some(({name}) => name === birth)));
		if (born) holds.push(takenWhenBorn(work.board.ending(born.node, birth), () => speak(born.node), options.tell));
		await work.go();
		const {signal: given} = options;
		// A run whose time is over does not wait for a machine that is silent.
		let limit: NodeJS.Timeout | undefined;
		const arm = () => {
			if (isCutShort(given)) limit ??= setTimeout(() => late.abort(given?.reason), closingMs);
		};
		arm();
		given?.addEventListener('abort', arm, {once: true});
		if (!isLeft(given)) await closing.go();
		given?.removeEventListener('abort', arm);
		clearTimeout(limit);
	} finally {
		const bound = isCutShort(options.signal) ? releaseMs : longest;
		await within(bound, depot?.close(!tally.summary(stopped(options.signal)).ok) ?? Promise.resolve());
		const {ok} = tally.summary(stopped(options.signal));
		const result = ok ? 'done' : options.signal?.aborted ? 'interrupted' : 'failed';
		const last = isLeft(options.signal) ? undefined : result;
		const silent = await Promise.all(
			holds.map(async (hold) =>
				(await within(
					bound,
					hold.release(last).then(() => true),
				))
					? []
					: [nameOf(hold, leases)],
			),
		);
		for (const what of silent.flat()) options.tell({type: 'note', ...what, detail: silentText});
	}
	return tally.summary(stopped(options.signal));
}

/** Milliseconds that a run whose time is over gives to what closes it, and to machines that are to let go of it. */
const closingMs = 3000;
const releaseMs = 4000;
/** As long as a timer can be. */
const longest = 2 ** 31 - 1;
const silentText =
	'no answer: whether it has let go of this run is not known; it does so by itself when it hears nothing for 45 s';

/** Whose hold it is; that of the cluster is nobody's. */
function nameOf(hold: Hold, leases: ReadonlyMap<string, Hold>): {node?: string} {
	const [node] = [...leases].find(([, lease]) => lease === hold) ?? [];
	return node === undefined ? {} : {node};
}

/** The phase after which a new cluster's API can be spoken with by its admin. */
const birth = 'cluster-config';

/** Whichever is lost first; a node that is not at work then need not hear of it. */
function either(...losses: readonly Promise<never>[]): Promise<never> {
	const lost = Promise.race(losses);
	lost.catch(() => {});
	return lost;
}

/** An API that does not answer (any more) is no reason not to mend it: the nodes' own leases are held then. */
async function heldIfItAnswers(taking: Promise<Hold>, tell: Tell): Promise<Hold | undefined> {
	try {
		return await taking;
	} catch (error) {
		if (error instanceof LockedError || !(error instanceof KubestrapError)) throw error;
		tell({type: 'note', detail: `the cluster's lease is not held: ${error.message}`});
		return undefined;
	}
}

/** The exit code of a run that was stopped: the reason's own (`--timeout`), or that of Ctrl-C. */
function stopped(signal: AbortSignal | undefined): number | undefined {
	if (!signal?.aborted) return undefined;
	return signal.reason instanceof KubestrapError ? signal.reason.exit : exitCodes.interrupted;
}

type Place = {readonly node: string; readonly site: Site; readonly host: Host};

/** A node without a machine (it is gone) can be part of a plan for as long as all of its walk is done elsewhere. */
function placeOf(node: string, hosts: Hosts, sites: readonly Site[], needed: boolean): Place[] {
	const site = sites.find(({name}) => name === node);
	const host = site && (hosts.get(site.name) ?? hosts.get(keyOf(site.spec)));
	if (site && host) return [{node, site, host}];
	if (needed) throw new StepError(`${node}: there is no connection to this node of the plan`);
	return [];
}

function isNeeded(node: string, {nodes, closing}: Plan): boolean {
	return [...nodes, ...closing].some((walk) => walk.chapters.some(({at = walk.node}) => at === node));
}

/** Between the survey and the lease another run may have come and gone: what was planned then is not true any more. */
function sameSince({name, facts}: Site, fence: number): void {
	const seen = Number((facts.files['/var/lib/kubestrap/fence']?.text ?? '0').trim().split(' ')[0]);
	if (fence === seen + 1) return;
	throw new LockedError(`${name}: another run has worked on this machine since we looked at it`, {
		hint: 'run the same command again',
	});
}

/** `cluster.json` of a node. */
function recordOf({cluster: {id, ...cluster}}: Plan, {name, facts}: Site, fence: number, writer = ''): string {
	return `${JSON.stringify({clusterId: id, ...cluster, writer, node: name, machineId: facts.machineId, fence})}\n`;
}
