/** Chance that can be had again: the same seed makes the same choices, on any machine. */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** 32 bits (mulberry32). */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return (mixed ^ (mixed >>> 14)) >>> 0;
	}

	/** A whole number from 0, below the limit. */
	below(limit: number): number {
		return this.next() % limit;
	}

	/** True once in so many times. */
	once(times: number): boolean {
		return this.below(times) === 0;
	}

	pick<T>(from: readonly T[]): T {
		return from[this.below(from.length)]!;
	}
}

/** The seed of one input of a run: a word and a number give the same one always. */
export function seedOf(word: string, number: number): number {
	let hash = 2166136261;
	for (const character of `${word} ${number}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619);
	return hash >>> 0;
}
