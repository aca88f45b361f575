/** Proves that a cluster works: raises a scene, runs every proof in it, and takes it down again whatever happened. */
import {StepError} from '../errors.ts';
import type {Host, Output, Tell} from '../model.ts';
import {type Hand, hand} from './hand.ts';
import {agents, manifests} from './manifests.ts';
import {type Proof, proofs} from './rows.ts';
import {label, readScene, type Scene} from './scene.ts';
import {takeTurn} from './turn.ts';

export type Wish = {
	/** The new namespace, `kubestrap-verify-…`. */
	readonly namespace: string;
	readonly image: string;
	readonly domain: string;
	/** How many nodes the config lists: as many must at least be in the cluster. */
	readonly nodes: number;
	/** Proofs that this cluster cannot pass and need not: `dns` when DNS is disabled. */
	readonly without: readonly string[];
};

export type Verdict = {readonly name: string; readonly title: string; readonly evidence?: string; readonly remedy?: string};

// Each run is a kubectl on the control plane; more at once only make each slower.
const sideBySide = 6;
const cleanSeconds = 60;

/**
 * Runs all proofs on a control-plane node and tells each verdict as a `check` event. The scene is taken down also after a failure
 * or an abort; what an earlier, killed proof left behind goes first. Throws LockedError when another proof is at work.
 */
export async function prove(host: Host, wish: Wish, {tell, signal}: {tell: Tell; signal: AbortSignal}): Promise<Verdict[]> {
	const giveBack = await takeTurn(host);
	const deaf = await drop(hand(host, wish.namespace, signal), label).catch(async (error: unknown) => {
		await giveBack();
		throw error;
	});
	// Where the API does not even list namespaces nothing is raised, and there is nothing to take down.
	if (deaf !== undefined) {
		await giveBack();
		const remedy = 'make the cluster first (kubestrap init); where there is one, run init again: it says what is wrong';
		return [teller(tell)({...start, evidence: `kubectl on the control plane: ${deaf}`, remedy}, performance.now())];
	}
	const [verdicts] = await Promise.allSettled([inScene(hand(host, wish.namespace, signal), wish, tell)]);
	// Without the signal: an abort must not abort the cleaning up.
	const left = await drop(hand(host, wish.namespace), label).finally(giveBack);
	if (verdicts.status === 'rejected') throw verdicts.reason;
	if (left !== undefined) throw leftOver(left);
	return verdicts.value;
}

const start = {name: 'start', title: 'a pod runs on every node'};

/** Tells each verdict as an event, and gives it on. */
const teller =
	(tell: Tell) =>
	(verdict: Verdict, since: number): Verdict => {
		const {name, title, evidence, remedy} = verdict;
		const detail =
			evidence === undefined
				? {id: name, level: 'ok', evidence: title}
				: {id: name, level: 'error', evidence: `${title}: ${evidence}`, remedy};
		tell({type: 'check', detail, ms: Math.round(performance.now() - since)});
		return verdict;
	};

function leftOver(why: string): StepError {
	const hint = `delete them by hand: kubectl delete namespace -l ${label}=true`;
	return new StepError(`the namespaces of verify could not be deleted: ${why}`, {hint});
}

async function inScene(kubectl: Hand, wish: Wish, tell: Tell): Promise<Verdict[]> {
	const began = performance.now();
	const told = teller(tell);
	const {scene, problem} = await raise(kubectl, wish);
	if (problem !== undefined) return [told({...start, evidence: problem, remedy: 'kubectl get nodes,pods -A -o wide'}, began)];
	const wanted = proofs.filter(({name}) => !wish.without.includes(name));
	const turns = queue(sideBySide);
	const rest = wanted.map(async (proof) => {
		const since = performance.now();
		const runs = proof
			.runs(scene)
			.map(async (args) => proof.judge(await turns(() => attempt(kubectl, proof, args)), scene, args));
		const evidence = (await Promise.all(runs)).filter((why) => why !== undefined);
		const {name, title, remedy} = proof;
		return told(evidence.length === 0 ? {name, title} : {name, title, remedy, evidence: evidence.join('; ')}, since);
	});
	return [told(start, began), ...(await settled(rest))];
}

/** All results, or the first error, but never before the last one has ended: nothing may still be at work when the scene goes. */
async function settled<T>(work: readonly Promise<T>[]): Promise<T[]> {
	await Promise.allSettled(work);
	return Promise.all(work);
}

function attempt(kubectl: Hand, {script}: Proof, args: readonly string[]): Promise<Output> {
	return kubectl(script, args);
}

async function raise(kubectl: Hand, wish: Wish): Promise<{scene: Scene; problem?: string}> {
	const apply = await kubectl('kubectl apply -f - >/dev/null', [], {
		stdin: JSON.stringify(manifests(wish.namespace, wish.image)),
	});
	const nothing = readScene('{"items":[]}', wish.namespace, wish.domain);
	if (apply.code !== 0) return {scene: nothing, problem: apply.stderr.trim()};
	const rollout = await kubectl('kubectl -n "$ns" rollout status "daemonset/$2" --timeout=90s', [agents]);
	if (rollout.code !== 0) return {scene: nothing, problem: await why(kubectl, rollout)};
	const seen = await kubectl(
		'kubectl -n "$ns" get pods,service -l "app in ($2,web)" -o json && echo && kubectl get nodes -o name | wc -l',
		[agents],
	);
	if (seen.code !== 0) return {scene: nothing, problem: seen.stderr.trim()};
	const [nodes = '', ...json] = seen.stdout.trim().split('\n').reverse();
	const scene = readScene(json.reverse().join('\n'), wish.namespace, wish.domain);
	const problem = missing(scene, Number(nodes), wish.nodes);
	return problem === undefined ? {scene} : {scene, problem};
}

function missing({pods}: Scene, nodes: number, listed: number): string | undefined {
	if (nodes < listed) return `the config lists ${listed} nodes, the cluster has ${nodes}`;
	if (pods.length < nodes) return `${nodes} nodes, but pods only on ${pods.map(({node}) => node).join(', ') || 'none'}`;
	return undefined;
}

/** What stands in the way of the pods: those that do not run, and the newest warnings. */
async function why(kubectl: Hand, {stdout, stderr}: Output): Promise<string> {
	const script = `kubectl -n "$ns" get pods -o wide --no-headers | grep -v ' Running '
kubectl -n "$ns" get events --field-selector type=Warning --sort-by=.lastTimestamp -o 'jsonpath={range .items[*]}{.message}{"\\n"}{end}' | sort -u | tail -n 2`;
	const seen = await kubectl(script, []);
	return [`${stdout}\n${stderr}`.trim().split('\n').at(-1), seen.stdout.trim()].filter(Boolean).join('\n');
}

/** Deletes every namespace with the label, and waits until it is gone. Gives what went wrong, if anything did. */
async function drop(kubectl: Hand, marked: string): Promise<string | undefined> {
	const script = 'kubectl delete namespace -l "$2=true" --ignore-not-found --timeout="$3s"';
	const {code, stderr} = await kubectl(script, [marked, String(cleanSeconds)], {seconds: cleanSeconds + 10});
	// kubectl complains of each group of the API first; its last line is the sum.
	return code === 0 ? undefined : stderr.trim().split('\n').at(-1) || `kubectl ended with ${code}`;
}

/** Lets at most `places` pieces of work run at once. */
function queue(places: number): <T>(work: () => Promise<T>) => Promise<T> {
	let free = places;
	const waiting: (() => void)[] = [];
	return async (work) => {
		if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
		else free -= 1;
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			if (next === undefined) free += 1;
			else next();
		}
	};
}
