/** A queue for a few places where the largest goes first: the end of the work is then not one big piece alone. */

/** Runs `work` when a place is free. `size` in bytes decides who is next. */
export type Queue = <T>(size: number, work: () => Promise<T>) => Promise<T>;

export function bySize(places: number): Queue {
	const waiting: {readonly size: number; readonly enter: () => void}[] = [];
	let used = 0;
	const next = () => {
		if (used >= places || waiting.length === 0) return;
		const largest = waiting.reduce((best, one, index) => (one.size > waiting[best]!.size ? index : best), 0);
		used += 1;
		waiting.splice(largest, 1)[0]!.enter();
	};
	return async (size, work) => {
		await new Promise<void>((enter) => {
			waiting.push({size, enter});
			// Whoever else comes in this moment is seen before anybody is chosen.
			setImmediate(next);
		});
		try {
			return await work();
		} finally {
			used -= 1;
			next();
		}
	};
}
