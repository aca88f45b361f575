/** Chance that can be repeated: everything drawn follows from a word. Pure. */
import {createHash} from 'node:crypto';

/** From 0 to 1, without 1; the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
	return createHash('sha256').update(words.join('\0')).digest().readUInt32BE() / 2 ** 32;
}

/** So many of these, drawn by the seed, in the order in which they stand. */
function some<T extends string>(all: readonly T[], seed: string, count: number): T[] {
	const chosen = new Set([...all].sort((one, other) => chance(seed, one) - chance(seed, other)).slice(0, count));
	return all.filter((one) => chosen.has(one));
}

/** A share of these, and at least one, in the order in which they stand, without those that are `done`. */
export function drawn<T extends string>(
	all: readonly T[],
	{seed, share, done}: {seed: string; share: number; done: ReadonlySet<string>},
): T[] {
	return some(all, seed, Math.ceil(all.length * share)).filter((one) => !done.has(one));
}

/**
 * As many of those that are left as there is time for at the pace until now, so that cases of the end are met too and not those of the beginning alone;
 * drawn by the seed. All, when no pace is known. Moments are of `performance.now()`.
 */
export function affordable(
	left: ReadonlySet<string>,
	{seed, runs, began, now, until, each}: {seed: string; runs: number; began: number; now: number; until: number; each: number},
): Set<string> {
	if (runs === 0 || until === Number.POSITIVE_INFINITY) return new Set(left);
	const count = Math.max(1, Math.floor(((until - now) / ((now - began) / runs)) * each));
	return new Set(some([...left], seed, count));
}
