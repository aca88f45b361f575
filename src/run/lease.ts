import {type KubestrapError, LockedError, StepError, TransportError} from '../errors.ts';
import type {Host} from '../model.ts';
import {type Earlier, readEarlier} from './earlier.ts';
import {type Hold, hold, holdMs, signs, who} from './hold.ts';
import {leaseScript} from './lease-script.ts';

export type Lease = Hold & {
	/** The number that every program of this run checks on the node. */
	readonly fence: number;
	/** What the last run on the node came to, where it did not end well. */
	readonly earlier?: Earlier;
};

/** Who takes a node, and what for: `init`, `reset`, as the node's journal says it. */
export type Taker = {readonly run: string; readonly verb: string};

type Got = Pick<Lease, 'fence' | 'earlier'>;

/**
 * Takes one node for a run, for as long as the returned lease is held: a process on the node holds a lock while our line lives.
 * A cut line is taken up again under the same fence; when another run was quicker the lease is lost, and nothing is written any more.
 * Throws LockedError with who holds it and since when.
 */
export async function takeLease(host: Host, taker: Taker): Promise<Lease> {
	let had: number | undefined;
	const {value, ...held} = await hold<Got>(
		(released, got) =>
			session(host, {...taker, had}, released, (what) => {
				had = what.fence;
				got(what);
			}),
		(error) => !(error instanceof TransportError),
	);
	return {...held, ...value};
}

type Session = Taker & {readonly had: number | undefined};

/** One connection's worth of holding: ends when it is released or cut. */
async function session(host: Host, {run, verb, had}: Session, released: AbortSignal, got: (what: Got) => void): Promise<void> {
	const over = new AbortController();
	const stdin = signs(AbortSignal.any([released, over.signal]));
	let said = '';
	const onStdout = (chunk: Buffer) => {
		said += chunk.toString();
		const [, fence] = /^fence (\d+)\n/m.exec(said) ?? [];
		if (!fence) return;
		const earlier = readEarlier(said);
		got({fence: Number(fence), ...(earlier && {earlier})});
	};
	const {stderr} = await host
		.exec(['sh', '-c', leaseScript, 'sh', run, who(), verb, String(had ?? '-')], {stdin, deadline: holdMs, onStdout})
		.finally(() => over.abort());
	const [, other, , since = '', by = 'somebody'] = /^held (\S*) (\S*) (\S*) ?(.*)$/m.exec(said) ?? [];
	if (other !== undefined) throw heldBy(host.name, {run: other, since, by});
	const [, fence, taker] = /^over (\S*) (\S*)$/m.exec(said) ?? [];
	if (fence !== undefined) throw takenOver(host.name, {fence, taker: taker ?? '', had});
	if (/^! work of/m.test(said))
		throw new LockedError(`${host.name}: work of an earlier run does not end`, {
			hint: 'wait, then run again; `kubestrap unlock` names that work, and can end it',
		});
	const [, trouble = stderr.trim()] = /^! (.*)$/m.exec(said) ?? [];
	if (!/^fence /m.test(said))
		throw new StepError(`${host.name}: the node cannot be taken: ${trouble}`, {hint: 'look at the machine, then run again'});
}

export function heldBy(node: string, {run, since, by}: {run: string; since: string; by: string}): KubestrapError {
	return new LockedError(`${node}: run ${run} of ${by} works on this machine since ${since}`, {
		hint: 'wait until it has ended (--lock-timeout 10m does); when its operator is gone, the machine is free after 45 seconds; `kubestrap unlock` says more',
	});
}

function takenOver(node: string, {fence, taker, had}: {fence: string; taker: string; had: number | undefined}): KubestrapError {
	const whose = taker === '' ? 'somebody' : taker.startsWith('unlocked') ? taker.replaceAll('_', ' ') : `run ${taker}`;
	return new LockedError(
		`${node}: ${whose} has taken this machine over (fence ${fence}, ours was ${had}); this run writes nothing more`,
		{
			hint: 'see what the other run has done, then run the same command again',
		},
	);
}

/** Aborts when another run has taken one of the nodes over: then this one stops everywhere. */
export function anyLost(leases: ReadonlyMap<string, Lease>): AbortSignal {
	const gone = new AbortController();
	for (const {lost} of leases.values()) lost.catch((error: unknown) => gone.abort(error));
	return gone.signal;
}

/** All nodes of a run: the first one by name decides between two operators, then the others side by side. All or none. */
export async function takeLeases(hosts: readonly Host[], taker: Taker): Promise<ReadonlyMap<string, Lease>> {
	const [first, ...others] = hosts.toSorted((one, other) => (one.name < other.name ? -1 : 1));
	if (first === undefined) return new Map();
	const leases = new Map([[first.name, await takeLease(first, taker)]]);
	const rest = await Promise.allSettled(others.map(async (host) => leases.set(host.name, await takeLease(host, taker))));
	const refused = rest.find((result) => result.status === 'rejected');
	if (refused) {
		await Promise.all([...leases.values()].map((lease) => lease.release()));
		throw refused.reason;
	}
	return leases;
}
