import type {StepState} from '../model.ts';

/** What a program or the shell around it says, a line each (src/steps/prelude.ts, src/run/scripts.ts). */
export type Word =
	| {readonly kind: 'step' | 'phase'; readonly index: number; readonly state: StepState; readonly ms: number}
	| {readonly kind: 'says' | 'evidence' | 'note'; readonly index: number; readonly text: string}
	/** What is there, of a step that differs: the same key may come several times. */
	| {readonly kind: 'shows'; readonly index: number; readonly key: string; readonly text: string}
	/** The program wants the artifact of this step (of several, the one with this digest), and has so many bytes of it. */
	| {readonly kind: 'wants'; readonly index: number; readonly offset: number; readonly sha256?: string}
	| {readonly kind: 'front' | 'end'; readonly rc: number}
	| {readonly kind: 'began'}
	| {readonly kind: 'refused'; readonly text: string}
	/** The unit is over: with an exit code, or without one (`gone`), or only our reading ended (`again`). */
	| {readonly kind: 'over'; readonly how: 'rc' | 'gone' | 'again'; readonly rc: number};

const longest = 1024 * 1024;

/** Reads a log as it comes, in pieces of any size, and knows how much of it was read. */
export class Listener {
	/** Bytes of the log that were heard in whole lines. */
	offset: number;
	#rest = Buffer.alloc(0);
	readonly #hear: (word: Word) => void;

	constructor(hear: (word: Word) => void, offset = 0) {
		this.#hear = hear;
		this.offset = offset;
	}

	feed(chunk: Uint8Array): void {
		let rest = Buffer.concat([this.#rest, chunk]);
		for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
			const text = rest.toString('utf8', 0, end);
			if ('@~|?*'.includes(text[0] ?? ' ')) this.offset += end + 1;
			rest = rest.subarray(end + 1);
			const word = readWord(text);
			if (word) this.#hear(word);
		}
		// No line of a program is that long: what has no end is a machine that means us no good, and is not kept.
		this.#rest = rest.length > longest ? Buffer.alloc(0) : rest;
	}

	/** After a lost line: half a line is read again. */
	forget(): void {
		this.#rest = Buffer.alloc(0);
	}
}

/** One line; undefined for what is no word. */
export function readWord(text: string): Word | undefined {
	const [, about = '', state, ms] = /^@ (phase \d+|\d+) (started|unchanged|changed|failed) (\d+)$/.exec(text) ?? [];
	if (state) {
		const kind = about.startsWith('phase') ? 'phase' : 'step';
		return {kind, index: Number(about.replace('phase ', '')), state: state as StepState, ms: Number(ms)};
	}
	const [, mark, rc] = /^@ (front|end) (\d+)$/.exec(text) ?? [];
	if (mark) return {kind: mark as 'front' | 'end', rc: Number(rc)};
	const [, shown, key = '', seen = ''] = /^= (\d+) ([a-z]+) (.*)$/.exec(text) ?? [];
	if (shown) return {kind: 'shows', index: Number(shown), key, text: seen};
	const [, sign, index, rest = ''] = /^([~|?*]) (\d+|-) ?(.*)$/.exec(text) ?? [];
	if (sign === '?') {
		const [offset, sha256] = rest.split(' ');
		return {kind: 'wants', index: Number(index), offset: Number(offset), ...(sha256 === undefined ? {} : {sha256})};
	}
	const kinds = {'~': 'says', '|': 'evidence', '*': 'note'} as const;
	if (sign) return {kind: kinds[sign as keyof typeof kinds], index: index === '-' ? -1 : Number(index), text: rest};
	if (text === '+ began') return {kind: 'began'};
	if (text.startsWith('! ')) return {kind: 'refused', text: text.slice(2)};
	const [, how, code = '1'] = /^< (rc|gone|again) ?(\d*)$/.exec(text) ?? [];
	return how ? {kind: 'over', how: how as 'rc' | 'gone' | 'again', rc: Number(code || 1)} : undefined;
}
