import {setTimeout as pause} from 'node:timers/promises';
import {Interrupted, LockedError, StepError, TransportError} from '../errors.ts';
import type {Host} from '../model.ts';
import {halting, isLeft} from './halting.ts';
import {followScript, startScript} from './scripts.ts';
import {Listener, type Word} from './words.ts';

/** How long one reading of a log may take before it is taken up anew, and how long a node may be silent altogether. */
const readingMs = 30 * 60_000;
const silenceMs = 10 * 60_000;
/** The longest that a unit may work; systemd ends it then. */
const unitSeconds = 2 * 60 * 60;

export type Unit = {
	readonly host: Host;
	/** Without `.service`. */
	readonly name: string;
	readonly hear: (word: Word) => void;
	/** Told when the line was lost and the unit is looked for again. */
	readonly lost: (error: TransportError) => void;
	readonly signal?: AbortSignal | undefined;
};

export type Work = {readonly payload: Uint8Array; readonly fence: number; readonly run: string};

/**
 * Starts a program as a unit and follows it to its end; a lost line is taken up again where reading stopped, the unit works on meanwhile.
 * Gives its exit code; after an abort that of a unit which ended its step first (78). Throws StepError when it could not start or died without an
 * exit code, LockedError when the node is busy or another run's, TransportError when the node stays silent, and Interrupted when nothing was begun, or
 * when the operator leaves at once: then it says what becomes of the unit.
 */
export function run(unit: Unit, work: Work): Promise<number> {
	return attend(unit, work);
}

/** Follows a unit that somebody started before. An abort ends the following, not the unit. */
export function follow(unit: Unit, offset = 0): Promise<number> {
	return attend(unit, undefined, offset);
}

async function attend(unit: Unit, work: Work | undefined, offset = 0): Promise<number> {
	const {signal} = unit;
	if (signal?.aborted) throw signal.reason instanceof Interrupted ? signal.reason : new Interrupted();
	const halt = halting(unit, work !== undefined);
	try {
		const rc = await Promise.race([halt.left, read(unit, work, offset, halt.over.signal)]);
		// It was ended by us: what is to be said of it comes in a moment.
		return rc === 143 && isLeft(signal) ? await halt.left : rc;
	} finally {
		halt.over.abort();
	}
}

/** Reads the log to its end, over as many lines as it takes. */
async function read(unit: Unit, work: Work | undefined, offset: number, signal: AbortSignal): Promise<number> {
	const {host, name} = unit;
	const ended = Promise.withResolvers<number>();
	ended.promise.catch(() => {});
	let began = work === undefined;
	let heard = performance.now();
	let over: Word | undefined;
	const listener = new Listener((word) => {
		if (word.kind === 'began') began = true;
		if (word.kind === 'over' || word.kind === 'refused') over = word;
		unit.hear(word);
		// Its last line is enough: that the reading ends is not waited for.
		if (word.kind === 'end') ended.resolve(word.rc);
	}, offset);
	const listen = (chunk: Uint8Array) => {
		heard = performance.now();
		listener.feed(chunk);
	};
	for (let wait = 250; ; wait = Math.min(wait * 2, 5000)) {
		over = undefined;
		const script =
			began || !work
				? [followScript, 'sh', name, String(listener.offset)]
				: [startScript, 'sh', name, String(work.fence), String(unitSeconds), work.run];
		const stdin = began || !work ? '' : work.payload;
		try {
			const reading = host.exec(['sh', '-c', ...script], {
				stdin,
				deadline: readingMs,
				onStdout: listen,
				signal,
			});
			reading.catch(() => {});
			const first = await Promise.race([ended.promise, reading]);
			if (typeof first === 'number') return first;
			const rc = outcome(host, name, over, first.stderr);
			if (rc !== undefined) return rc;
		} catch (error) {
			if (signal.aborted || !(error instanceof TransportError) || performance.now() - heard > silenceMs) throw error;
			unit.lost(error);
		}
		listener.forget();
		await pause(wait, undefined, {signal});
	}
}

/** The exit code; undefined to read on. */
function outcome(host: Host, name: string, over: Word | undefined, stderr: string): number | undefined {
	if (over?.kind === 'over') {
		if (over.how === 'rc') return over.rc;
		if (over.how === 'again') return undefined;
		throw new StepError(`${host.name}: ${name} ended without an exit code`, {
			hint: 'the machine was restarted, or somebody ended the unit: run the same command again, it goes on where this one stopped',
		});
	}
	const why = over?.kind === 'refused' ? over.text : stderr.trim().split('\n').slice(-3).join(' ') || 'it said nothing';
	if (/still runs|does not end|another run/.test(why))
		throw new LockedError(`${host.name}: ${why}`, {hint: 'wait until the other run has ended'});
	throw new StepError(`${host.name}: the program could not be started: ${why}`, {
		hint: 'look at the machine, then run the same command again',
	});
}
