/** What a run holds on a machine while its line lives: the operator gives signs of life, and the machine lets go when none comes. */
import {hostname, userInfo} from 'node:os';
import {setTimeout as pause} from 'node:timers/promises';

/** A machine lets go when it has heard nothing for 45 s. */
const heartbeatMs = 10_000;
/** How long one line may hold. */
export const holdMs = 24 * 60 * 60_000;

export type Hold = {
	/** Rejects with LockedError when another run has taken it over; never resolves. */
	readonly lost: Promise<never>;
	/** `result` is told to the machine as the last word on how the run ended; without one it was cut off. */
	release(result?: Result): Promise<void>;
};

/** How a run ended, as its last sign of life says it. */
export type Result = 'done' | 'failed' | 'interrupted';

/** One line's worth of holding: says once what it has got, and ends when it is released or cut. */
export type Session<T> = (released: AbortSignal, got: (value: T) => void) => Promise<void>;

/**
 * Holds by one session after the other until it is released. An error before the first hold is thrown; after it, one that is `final` loses
 * the hold, and any other is followed by the next session.
 */
export async function hold<T>(session: Session<T>, final: (error: unknown) => boolean): Promise<Hold & {readonly value: T}> {
	const released = new AbortController();
	const lost = Promise.withResolvers<never>();
	lost.promise.catch(() => {});
	const first = Promise.withResolvers<T>();
	const go = async () => {
		for (let wait = 500; !released.signal.aborted; wait = Math.min(wait * 2, 5000)) {
			try {
				await session(released.signal, first.resolve);
			} catch (error) {
				if (final(error)) throw error;
				first.reject(error);
			}
			await pause(wait, undefined, {signal: released.signal}).catch(() => {});
		}
	};
	const held = go().catch((error: unknown) => {
		first.reject(error);
		lost.reject(error);
	});
	const release = async (result?: Result) => {
		released.abort(result);
		await held;
	};
	try {
		return {value: await first.promise, lost: lost.promise, release};
	} catch (error) {
		released.abort();
		throw error;
	}
}

/** Signs of life until the hold is let go; the last one is the first letter of the result, where there is one. */
export async function* signs(released: AbortSignal): AsyncGenerator<Uint8Array> {
	while (!released.aborted) {
		yield Buffer.from('.');
		await pause(heartbeatMs, undefined, {signal: released, ref: false}).catch(() => {});
	}
	if (['done', 'failed', 'interrupted'].includes(released.reason)) yield Buffer.from(String(released.reason)[0]!);
}

/** This operator, as other operators know him: `user@host`. */
export const who = (): string => `${userInfo().username}@${hostname()}`.replaceAll(/[^\w@.-]/g, '_');
