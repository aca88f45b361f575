/** Bodies of answers: small ones whole, with a bound; large ones as they come, with their digest. */
import {createHash} from 'node:crypto';
import type {Readable} from 'node:stream';

export class TooLong extends Error {}

/** The whole body. Throws TooLong, and reads no further, when it is longer than `most` bytes. */
export async function limited(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of body) {
		size += chunk.length;
		if (size > most) throw new TooLong(`it is longer than ${most} bytes`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

/** The end of an answer whose body nobody wants. A short one is read, so that the connection can be used again. */
export async function drop(body: Readable): Promise<void> {
	await limited(body, 65_536).catch(() => {});
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
