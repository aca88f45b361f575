import type {Shown} from '../foresight/difference.ts';
import type {Word} from './words.ts';

/** Characters. A file that is shown has at most 256 KiB, in base64; a hostile machine could show without end. */
const mostOfStep = 400_000;
const mostOfAll = 64_000_000;

/** What a machine showed of its steps, as much as is worth keeping. */
export class Gallery {
	readonly #shown = new Map<number, Map<string, string[]>>();
	readonly #sizes = new Map<number, number>();
	#all = 0;

	take({index, key, text}: Extract<Word, {kind: 'shows'}>): void {
		const size = (this.#sizes.get(index) ?? 0) + text.length + key.length;
		this.#all += text.length + key.length;
		if (size > mostOfStep || this.#all > mostOfAll) return;
		this.#sizes.set(index, size);
		const keys = this.#shown.get(index) ?? new Map<string, string[]>();
		this.#shown.set(index, keys);
		const texts = keys.get(key);
		if (texts) texts.push(text);
		else keys.set(key, [text]);
	}

	of(index: number): Shown {
		return Object.fromEntries(this.#shown.get(index) ?? []);
	}
}
