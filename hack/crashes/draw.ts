/** Chance that can be repeated: everything drawn follows from a word. Pure. */
import {createHash} from 'node:crypto';

/** From 0 to 1, without 1; the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
	return createHash('sha256').update(words.join('\0')).digest().readUInt32BE() / 2 ** 32;
}

/** A share of these, and at least one, in the order in which they stand, without those that are `done`. */
export function drawn<T extends string>(
	all: readonly T[],
	{seed, share, done}: {seed: string; share: number; done: ReadonlySet<string>},
): T[] {
	const count = Math.ceil(all.length * share);
	const chosen = new Set([...all].sort((one, other) => chance(seed, one) - chance(seed, other)).slice(0, count));
	return all.filter((one) => chosen.has(one) && !done.has(one));
}
