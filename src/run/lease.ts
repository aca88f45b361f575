import {hostname, userInfo} from 'node:os';
import {setTimeout as pause} from 'node:timers/promises';
import {type KubestrapError, LockedError, StepError, TransportError} from '../errors.ts';
import type {Host} from '../model.ts';
import {leaseScript} from './scripts.ts';

/** A node lets go when it has heard nothing for 45 s. */
const heartbeatMs = 10_000;
const leaseMs = 24 * 60 * 60_000;

export type Lease = {
	/** The number that every program of this run checks on the node. */
	readonly fence: number;
	/** Rejects with LockedError when another run has taken the node over; never resolves. */
	readonly lost: Promise<never>;
	release(): Promise<void>;
};

/**
 * Takes one node for a run, for as long as the returned lease is held: a process on the node holds a lock while our line lives.
 * A cut line is taken up again under the same fence, unless another run was quicker. Throws LockedError with who holds it and since when.
 */
export async function takeLease(host: Host, run: string): Promise<Lease> {
	const released = new AbortController();
	const lost = Promise.withResolvers<never>();
	lost.promise.catch(() => {});
	const first = Promise.withResolvers<number>();
	const hold = async () => {
		for (let wait = 500; !released.signal.aborted; wait = Math.min(wait * 2, 5000)) {
			try {
				await session(host, run, released.signal, first.resolve);
			} catch (error) {
				if (!(error instanceof TransportError)) throw error;
				first.reject(error);
			}
			await pause(wait, undefined, {signal: released.signal}).catch(() => {});
		}
	};
	const held = hold().catch((error: unknown) => {
		first.reject(error);
		lost.reject(error);
	});
	const release = async () => {
		released.abort();
		await held;
	};
	try {
		return {fence: await first.promise, lost: lost.promise, release};
	} catch (error) {
		released.abort();
		throw error;
	}
}

/** One connection's worth of holding: ends when it is released or cut. */
async function session(host: Host, run: string, released: AbortSignal, got: (fence: number) => void): Promise<void> {
	const over = new AbortController();
	const stdin = signs(AbortSignal.any([released, over.signal]));
	const who = `${userInfo().username}@${hostname()}`.replaceAll(/[^\w@.-]/g, '_');
	let said = '';
	const onStdout = (chunk: Buffer) => {
		said += chunk.toString();
		const [, fence] = /^fence (\d+)\n/m.exec(said) ?? [];
		if (fence) got(Number(fence));
	};
	const {stderr} = await host
		.exec(['sh', '-c', leaseScript, 'sh', run, who], {stdin, deadline: leaseMs, onStdout})
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

/** Signs of life until the lease is let go. */
async function* signs(released: AbortSignal): AsyncGenerator<Uint8Array> {
	while (!released.aborted) {
		yield Buffer.from('.');
		await pause(heartbeatMs, undefined, {signal: released, ref: false}).catch(() => {});
	}
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
