/** A stream that can be read again from a little way back: a transfer that broke off has lost what was on the line, not more. */

/** Bytes that are kept: more than the buffers of a connection hold. */
const usualKeep = 8 << 20;

export type Replay = {
	/** The bytes from an offset on; undefined when they are not kept any more. A reader that gives up does not end the stream. */
	from(offset: number): AsyncIterable<Buffer> | undefined;
	/** Why the stream broke, if it did: a writer's error may be only the consequence. */
	readonly failure: unknown;
	close(): Promise<void>;
};

export function replay(source: AsyncIterable<Buffer>, keep = usualKeep): Replay {
	const iterator = source[Symbol.asyncIterator]();
	const kept: Buffer[] = [];
	let first = 0;
	let end = 0;
	let done = false;
	let failure: unknown;
	let pulling: Promise<void> | undefined;
	// Shared by readers: what one of them asked for and did not live to see is there for the next one.
	const pull = (): Promise<void> => {
		pulling ??= iterator
			.next()
			.then(
				(next) => {
					if (next.done) done = true;
					else {
						kept.push(next.value);
						end += next.value.length;
						while (kept.length > 1 && end - first - kept[0]!.length >= keep) first += kept.shift()!.length;
					}
				},
				(error: unknown) => {
					failure = error;
					throw error;
				},
			)
			.finally(() => {
				pulling = undefined;
			});
		return pulling;
	};
	const chunkAt = (offset: number): Buffer => {
		let start = first;
		const index = kept.findIndex((chunk) => {
			if (offset < start + chunk.length) return true;
			start += chunk.length;
			return false;
		});
		return kept[index]!.subarray(offset - start);
	};
	return {
		from: (offset) => {
			if (offset < first || offset > end) return undefined;
			let at = offset;
			const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
				while (at === end && !done) await pull();
				if (at === end) return {done: true, value: undefined};
				const value = at < first ? undefined : chunkAt(at);
				if (value === undefined) throw new Error('a reader was overtaken');
				at += value.length;
				return {done: false, value};
			};
			return {[Symbol.asyncIterator]: () => ({next})};
		},
		get failure() {
			return failure;
		},
		close: async () => {
			await iterator.return?.();
		},
	};
}
