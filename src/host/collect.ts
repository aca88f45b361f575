/** Reads one output of a command: what came before its mark (a talkative login shell, sudo) is kept apart from what the command says. */
import type {Readable} from 'node:stream';

/** Bytes of one output that are kept in memory. */
export const outputLimit = 16 * 1024 * 1024;
const noiseLimit = 64 * 1024;

export type Collected = {
	/** The command's own bytes so far, as text. */
	text(): string;
	/** What was said before the mark, the last 64 kB of it. */
	noise(): string;
	began(): boolean;
};

/**
 * Listens from now on. `heard` runs after each chunk of noise, `tooMuch` once when more than the limit was kept.
 * With `onBytes` nothing is kept.
 */
export function collect(
	from: Readable,
	mark: string,
	{heard, tooMuch, onBytes}: {heard?: () => void; tooMuch: () => void; onBytes?: ((chunk: Buffer) => void) | undefined},
): Collected {
	const kept: Buffer[] = [];
	let size = 0;
	let before = Buffer.alloc(0);
	let began = false;
	const keep = (chunk: Buffer) => {
		if (chunk.length === 0) return;
		if (onBytes) return onBytes(chunk);
		size += chunk.length;
		if (size > outputLimit) return tooMuch();
		kept.push(chunk);
	};
	from.on('error', () => {});
	from.on('data', (chunk: Buffer) => {
		if (began) return keep(chunk);
		before = Buffer.concat([before, chunk]);
		const at = before.indexOf(mark);
		if (at >= 0) {
			began = true;
			const rest = before.subarray(at + mark.length);
			before = before.subarray(0, at);
			keep(rest);
		}
		if (before.length > noiseLimit) before = before.subarray(-noiseLimit);
		heard?.();
	});
	return {text: () => Buffer.concat(kept).toString(), noise: () => before.toString(), began: () => began};
}
