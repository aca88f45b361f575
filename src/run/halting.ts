/** What becomes of a unit at work when the run is stopped: it ends its step, or is ended at once; and it is said when it could not be told. */
import {setTimeout as pause} from 'node:timers/promises';
import {Interrupted} from '../errors.ts';
import {haltScript, stopScript} from './scripts.ts';
import type {Unit} from './unit.ts';

/** A run that stops by itself (`--timeout`, a lost lease) lets a step work on for so long. */
const graceMs = 30_000;
/** And so long for a machine that cannot even be told: its line is dead, and a limit of time is one. */
const deafMs = 4000;
const againMs = 500;

/** Nobody follows the unit any more, and what becomes of it is in the message. */
export class LeftBehind extends Interrupted {}

/** What is asked for, or undefined when it has not come within the time, whatever a dead line does. */
export async function within<T>(ms: number, asked: Promise<T>): Promise<T | undefined> {
	const over = new AbortController();
	const late = pause(ms, undefined, {signal: over.signal}).catch(() => undefined);
	try {
		return await Promise.race([asked, late]);
	} finally {
		over.abort();
		asked.catch(() => {});
	}
}

/** Whether the run was stopped by something else than its operator: a limit of time, a lost lease. */
export const isCutShort = (signal: AbortSignal | undefined): boolean =>
	signal?.aborted === true && !(signal.reason instanceof Interrupted);

/** Whether the operator does not wait for anything any more. */
export const isLeft = (signal: AbortSignal | undefined): boolean =>
	signal?.reason instanceof Interrupted && signal.reason.atOnce?.aborted === true;

export type Halting = {
	/** Rejects with Interrupted when the unit is not followed any longer; never resolves. */
	readonly left: Promise<never>;
	/** To be aborted when the unit has ended. */
	readonly over: AbortController;
};

/**
 * Waits for the abort of the unit's signal. Then the unit is told to end after its step, for as long as it takes to reach it; when the operator leaves
 * at once, it is ended in the middle of it. A unit that is not `ours` is left alone.
 */
export function halting(unit: Unit, ours: boolean): Halting {
	const {host, name, signal} = unit;
	const left = Promise.withResolvers<never>();
	left.promise.catch(() => {});
	const over = new AbortController();
	const told = {ours: false};
	const halt = async () => {
		if (!ours) {
			const hint = 'it works on; the next run has it end after its step, and `kubestrap unlock` can stop it';
			left.reject(new Interrupted(`${host.name}: ${name} of an earlier run was not waited for`, {hint}));
			return;
		}
		const given = signal?.reason instanceof Interrupted ? signal.reason.atOnce : undefined;
		const atOnce = given ?? AbortSignal.timeout(graceMs);
		const leave = async () => {
			if (!over.signal.aborted) left.reject(new LeftBehind(await end(unit, told.ours)));
		};
		const deaf = async () => {
			await pause(deafMs, undefined, {signal: over.signal});
			// Its line may be slow only: a step that works well is not ended for that.
			if (!told.ours) left.reject(new LeftBehind(notEnded(name, false)));
		};
		if (given === undefined) deaf().catch(() => {});
		if (atOnce.aborted) return leave();
		atOnce.addEventListener('abort', leave, {once: true});
		while (!told.ours && !over.signal.aborted) {
			const output = await host.exec(['sh', '-c', haltScript, 'sh', name], {deadline: 15_000}).catch(() => undefined);
			told.ours = /^(halting|over)$/m.test(output?.stdout ?? '');
			if (!told.ours) await pause(againMs, undefined, {signal: over.signal}).catch(() => {});
		}
	};
	if (signal?.aborted) void halt();
	else signal?.addEventListener('abort', halt, {once: true, signal: over.signal});
	return {left: left.promise, over};
}

/** Ends the unit at once. Says what was done, or what the unit will do where it could not be reached. */
async function end({host, name}: Unit, isTold: boolean): Promise<string> {
	try {
		const deadline = isTold ? 8000 : 2000;
		const output = await within(deadline, host.exec(['sh', '-c', stopScript, 'sh', name], {deadline}));
		if (output === undefined) throw new Error('it does not answer');
		const {code, stderr} = output;
		if (code === 0) return `${name} was ended in the middle of its step`;
		throw new Error(stderr.trim());
	} catch {
		return notEnded(name, isTold);
	}
}

function notEnded(name: string, isTold: boolean): string {
	const what = isTold ? 'it ends after its step at work' : 'it does not know, and works on to its end, two hours at most';
	return `${name} could not be ended: ${what}; the next run has it end after its step, and \`kubestrap unlock\` names it`;
}
