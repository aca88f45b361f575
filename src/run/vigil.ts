/** Looks while a wait goes on: where it is certain that it will be in vain, it is ended at once instead of when its time is over. */
import {setTimeout as pause} from 'node:timers/promises';
import type {Host, Step, StepState} from '../model.ts';
import type {Diagnose} from './options.ts';
import {giveUpScript} from './scripts.ts';

/** Milliseconds before the first look, when most waits are over, and between two. */
const usual = {first: 6000, between: 4000};
/** Looks that are kept: a death is seen in several of them. */
const most = 30;

export type Around = {
	readonly diagnose: Diagnose | undefined;
	readonly signal: AbortSignal | undefined;
	/** A machine of the run, by its node's name. */
	readonly hostOf: (node: string) => Host | undefined;
	readonly pace?: typeof usual;
};

/** Where a step is at work: its machine, its unit, and its index in the unit's program. */
export type At = {readonly host: Host; readonly unit: string; readonly index: number};

/** The waits of one walk that can be explained, each watched for as long as it goes on. */
export class Vigil {
	readonly #around: Around;
	readonly #ends = new Map<string, AbortController>();

	constructor(around: Around) {
		this.#around = around;
	}

	/** Told of every step that begins and ends. */
	hear(step: Step | undefined, state: StepState, at: At): void {
		const {diagnose, signal, hostOf, pace = usual} = this.#around;
		const name = `${at.unit} ${at.index}`;
		this.#ends.get(name)?.abort();
		this.#ends.delete(name);
		if (state !== 'started' || step?.kind !== 'wait' || step.diagnose === undefined || diagnose === undefined) return;
		const ends = new AbortController();
		this.#ends.set(name, ends);
		const over = signal ? AbortSignal.any([ends.signal, signal]) : ends.signal;
		// At no other machine: what dies on one whose turn has not come is about to be mended by this very run.
		const looked = new Set(step.of?.flatMap((node) => hostOf(node) ?? []) ?? [at.host]);
		void watch(at, [...looked], {key: step.diagnose, diagnose, over, pace});
	}

	/** Nothing is watched any more. */
	end(): void {
		for (const ends of this.#ends.values()) ends.abort();
		this.#ends.clear();
	}
}

/**
 * Until the wait is over: looks at its machines, and when one is certain to stay as it is, tells the unit to wait no more. The step then fails as
 * if its time had run out, and is explained in the same way. Never rejects: a look that fails is no reason for anything.
 */
async function watch(
	{host, unit, index}: At,
	hosts: readonly Host[],
	{key, diagnose, over, pace}: {key: string; diagnose: Diagnose; over: AbortSignal; pace: typeof usual},
): Promise<void> {
	const began = performance.now();
	const looks = new Map<Host, readonly string[]>();
	const look = async (one: Host) => {
		const seconds = String(Math.ceil((performance.now() - began) / 1000));
		const {stdout} = await one.exec(['sh', '-c', diagnose.glimpse, 'sh', seconds], {deadline: 15_000, signal: over});
		looks.set(one, [...(looks.get(one) ?? []), stdout].slice(-most));
		return diagnose.certainly(looks.get(one)!, key) !== undefined;
	};
	for (let wait = pace.first; ; wait = pace.between) {
		await pause(wait, undefined, {signal: over}).catch(() => {});
		if (over.aborted) return;
		const verdicts = await Promise.allSettled(hosts.map(look));
		if (over.aborted || verdicts.every((verdict) => verdict.status === 'rejected' || !verdict.value)) continue;
		await host.exec(['sh', '-c', giveUpScript, 'sh', unit, String(index)], {deadline: 15_000}).catch(() => {});
	}
}
