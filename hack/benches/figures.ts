/** Figures from runs: what a run gave, and what several runs come to. Pure. */

/** A stretch of a run, for the breakdown. */
export type Part = {readonly name: string; readonly seconds: number};
/** One side's figure of one run. */
export type Sample = {
	/** In the unit of its measure: seconds, where that names none. */
	readonly amount: number;
	readonly parts: readonly Part[];
	/** Seconds from the beginning until something was so. */
	readonly milestones?: readonly Part[];
};
export type Spread = {readonly min: number; readonly median: number; readonly max: number};

export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
	if (low === undefined || high === undefined) throw new RangeError('no figure, no median');
	return (low + high) / 2;
}

export function spread(samples: readonly Sample[]): Spread {
	const amounts = samples.map(({amount}) => amount);
	return {min: Math.min(...amounts), median: median(amounts), max: Math.max(...amounts)};
}

/** The median of each part over the runs, in the order in which the parts first came. A run without a part counts as 0 seconds. */
export function breakdown(runs: readonly (readonly Part[])[]): Part[] {
	const names = [...new Set(runs.flatMap((parts) => parts.map(({name}) => name)))];
	const of = (parts: readonly Part[], name: string) =>
		parts.reduce((sum, part) => (part.name === name ? sum + part.seconds : sum), 0);
	return names.map((name) => ({name, seconds: median(runs.map((parts) => of(parts, name)))}));
}
