/** Config fuzz: whatever the text, it is a cluster or a list of problems with their places, and soon. */
import {load} from '../../src/cluster/load.ts';
import {ConfigError} from '../../src/errors.ts';
import {configText} from './config-text.ts';
import {effortMs} from './effort.ts';
import {Random, seedOf} from './random.ts';

/** What went wrong with an input, by its number: `fuzz --seed WORD --only NUMBER` shows it again. */
export type Fault = {readonly number: number; readonly what: string};
export type Fuzzed = {
	readonly inputs: number;
	readonly accepted: number;
	readonly slowestMs: number;
	readonly faults: readonly Fault[];
};

/** Milliseconds. */
const tooSlow = 2000;
/** An operator's disk with nothing on it. */
export const nowhere = {
	file: 'cluster.yaml',
	home: '/nonexistent',
	readFile: (path: string): string => {
		throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), {code: 'ENOENT'});
	},
	list: (path: string): never => {
		throw Object.assign(new Error(`ENOENT: no such file or directory, scandir '${path}'`), {code: 'ENOENT'});
	},
	glob: () => [],
};

/** Reads the inputs from one number to below another. Looks at no disk. */
export function fuzzConfig(word: string, from: number, until: number): Fuzzed {
	const faults: Fault[] = [];
	let accepted = 0;
	let slowestMs = 0;
	for (let number = from; number < until; number += 1) {
		const text = configText(new Random(seedOf(word, number)));
		const began = effortMs();
		try {
			load(text, nowhere);
			accepted += 1;
		} catch (error) {
			const what = judged(error);
			if (what !== undefined) faults.push({number, what});
		}
		const ms = effortMs() - began;
		slowestMs = Math.max(slowestMs, ms);
		if (ms > tooSlow) faults.push({number, what: `it took ${Math.round(ms)} ms`});
		const polluted = Object.keys(Object.prototype);
		if (polluted.length > 0) throw new Error(`input ${number} gave every object ${polluted.join()}`);
	}
	return {inputs: until - from, accepted, slowestMs: Math.round(slowestMs), faults};
}

function judged(error: unknown): string | undefined {
	if (!(error instanceof ConfigError)) return `a crash: ${error instanceof Error ? error.stack : String(error)}`;
	if (error.problems.length === 0) return 'refused without a problem';
	const lost = error.problems.find(
		({line, column}) => !Number.isInteger(line) || !Number.isInteger(column) || line! < 1 || column! < 1,
	);
	if (lost !== undefined) return `a problem without a place: ${lost.message}`;
	// What is shown must not write on a terminal.
	const loud = error.problems.find(({message, hint = ''}) =>
		/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(message + hint),
	);
	return loud === undefined ? undefined : `a message with control characters: ${JSON.stringify(loud.message)}`;
}
