/** Bodies of answers: small ones whole, with a bound; large ones as they come, with their digest. */
import {createHash} from 'node:crypto';
import type {Readable} from 'node:stream';

export class TooLong extends Error {}
export class TooSlow extends Error {}

/** Milliseconds that a body may take however short it is, and the bytes per millisecond that buy more of them: a slow line is no fault. */
const pace = {ms: 60_000, bytesPerMs: 10};

/**
 * The whole body. Throws, and reads no further, TooLong when it is longer than `most` bytes, and TooSlow when it drips: each byte comes before
 * the line counts as silent, but the whole takes for ever. `now`: a clock in milliseconds.
 */
export async function limited(body: AsyncIterable<Uint8Array>, most: number, now = () => performance.now()): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	const began = now();
	let size = 0;
	for await (const chunk of body) {
		size += chunk.length;
		if (size > most) throw new TooLong(`it is longer than ${most} bytes`);
		const spent = now() - began;
		if (spent > pace.ms + size / pace.bytesPerMs)
			throw new TooSlow(`it comes too slowly: ${size} bytes in ${Math.round(spent / 1000)} s`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

/** The end of an answer whose body nobody wants. A short one is read, so that the connection can be used again. */
export async function drop(body: Readable): Promise<void> {
	await limited(body, 65_536).catch(() => {});
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
