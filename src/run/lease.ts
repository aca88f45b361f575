import {type KubestrapError, LockedError, StepError, TransportError} from '../errors.ts';
import type {Host} from '../model.ts';
import {type Hold, hold, holdMs, signs, who} from './hold.ts';
import {leaseScript} from './scripts.ts';

export type Lease = Hold & {
	/** The number that every program of this run checks on the node. */
	readonly fence: number;
};

/**
 * Takes one node for a run, for as long as the returned lease is held: a process on the node holds a lock while our line lives.
 * A cut line is taken up again under the same fence, unless another run was quicker. Throws LockedError with who holds it and since when.
 */
export async function takeLease(host: Host, run: string): Promise<Lease> {
	const {value, ...held} = await hold<number>(
		(released, got) => session(host, run, released, got),
		(error) => !(error instanceof TransportError),
	);
	return {...held, fence: value};
}

/** One connection's worth of holding: ends when it is released or cut. */
async function session(host: Host, run: string, released: AbortSignal, got: (fence: number) => void): Promise<void> {
	const over = new AbortController();
	const stdin = signs(AbortSignal.any([released, over.signal]));
	let said = '';
	const onStdout = (chunk: Buffer) => {
		said += chunk.toString();
		const [, fence] = /^fence (\d+)\n/m.exec(said) ?? [];
		if (fence) got(Number(fence));
	};
	const {stderr} = await host
		.exec(['sh', '-c', leaseScript, 'sh', run, who()], {stdin, deadline: holdMs, onStdout})
		.finally(() => over.abort());
	const [, other, , since = '', by = 'somebody'] = /^held (\S*) (\S*) (\S*) ?(.*)$/m.exec(said) ?? [];
	if (other !== undefined) throw heldBy(host.name, {run: other, since, by});
	if (/^! work of/m.test(said))
		throw new LockedError(`${host.name}: work of an earlier run does not end`, {hint: 'wait, then run again'});
	const [, trouble = stderr.trim()] = /^! (.*)$/m.exec(said) ?? [];
	if (!/^fence /m.test(said))
		throw new StepError(`${host.name}: the node cannot be taken: ${trouble}`, {hint: 'look at the machine, then run again'});
}

export function heldBy(node: string, {run, since, by}: {run: string; since: string; by: string}): KubestrapError {
	return new LockedError(`${node}: run ${run} of ${by} works on this machine since ${since}`, {
		hint: 'wait until it has ended; when its operator is gone, the machine is free after 45 seconds',
	});
}

/** All nodes of a run: the first one by name decides between two operators, then the others side by side. All or none. */
export async function takeLeases(hosts: readonly Host[], run: string): Promise<ReadonlyMap<string, Lease>> {
	const [first, ...others] = hosts.toSorted((one, other) => (one.name < other.name ? -1 : 1));
	if (first === undefined) return new Map();
	const leases = new Map([[first.name, await takeLease(first, run)]]);
	const rest = await Promise.allSettled(others.map(async (host) => leases.set(host.name, await takeLease(host, run))));
	const refused = rest.find((result) => result.status === 'rejected');
	if (refused) {
		await Promise.all([...leases.values()].map((lease) => lease.release()));
		throw refused.reason;
	}
	return leases;
}
