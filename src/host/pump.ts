/** Feeds a command's standard input as fast as it reads, and no faster. */
import type {Writable} from 'node:stream';
import type {ExecOptions} from '../model.ts';

const piece = 256 * 1024;

/**
 * Writes everything and then ends the stream. Ends early and quietly when the command is over (`gone`): nobody is obliged to read
 * its input, and a source that says nothing for minutes must not hold up the answer. Rejects only with what the source throws.
 */
export async function pump(source: ExecOptions['stdin'], stdin: Writable, gone: Promise<unknown>): Promise<void> {
	const {until, over} = watch(gone);
	const iterator = chunks(source)[Symbol.asyncIterator]();
	for (;;) {
		const next = await until(iterator.next());
		if (next === undefined || next.done) break;
		for (let at = 0; at < next.value.length && !over(); at += piece) {
			if (!stdin.write(next.value.subarray(at, at + piece))) await until(drained(stdin));
		}
	}
	if (!over()) stdin.end();
	// Not awaited: a source that waits for something can only end after it.
	else void iterator.return?.()?.catch(() => {});
}

/** `until` waits for a promise, or for the end. Not Promise.race: that keeps every chunk alive until `gone` settles. */
function watch(gone: Promise<unknown>) {
	let ended = false;
	let wake = () => {};
	const end = () => {
		ended = true;
		wake();
	};
	gone.then(end, end);
	return {
		over: () => ended,
		until: <T>(promise: Promise<T>) =>
			new Promise<T | undefined>((resolve, reject) => {
				wake = () => resolve(undefined);
				if (ended) wake();
				promise.then(resolve, reject);
			}),
	};
}

function drained(stdin: Writable): Promise<void> {
	return new Promise((resolve) => {
		stdin.once('drain', resolve);
	});
}

function chunks(source: ExecOptions['stdin']): AsyncIterable<Uint8Array> {
	if (source === undefined) return only([]);
	if (typeof source === 'string') return only([Buffer.from(source)]);
	return source instanceof Uint8Array ? only([source]) : source;
}

async function* only(list: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
	yield* list;
}
