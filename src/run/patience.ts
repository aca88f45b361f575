/** Waiting for another operator's run to end (`--lock-timeout`). */
import {setTimeout as pause} from 'node:timers/promises';
import {LockedError} from '../errors.ts';
import type {Tell} from '../model.ts';

const againMs = 1000;

type Options = {readonly tell: Tell; readonly signal: AbortSignal; readonly lockSeconds?: number};

/**
 * Does the work; when others are at it, again and again until they have ended or the time is over. The work must throw LockedError only
 * before it has changed anything: it begins afresh, because what it saw may not be true any more. Without a time it is refused at once.
 */
export async function patiently<T>(work: () => Promise<T>, {tell, signal, lockSeconds = 0}: Options): Promise<T> {
	const end = performance.now() + lockSeconds * 1000;
	let told = '';
	for (;;) {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof LockedError) || performance.now() + againMs > end) throw error;
			if (error.message !== told) tell({type: 'note', detail: `waiting: ${error.message}`});
			told = error.message;
			await pause(againMs, undefined, {signal});
		}
	}
}
