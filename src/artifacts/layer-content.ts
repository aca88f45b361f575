/** What a layer holds once it is unpacked: its diffID, which no other compression changes. */
import {createHash} from 'node:crypto';
import {Readable, Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip, createZstdDecompress} from 'node:zlib';

/** Bytes of one unpacked layer: far above any image of ours, low enough that a bomb ends. */
const most = 8 * 2 ** 30;

/**
 * `sha256:…` of a layer's bytes without their compression (gzip, zstd or none, as its media type ends). Nothing is written anywhere.
 * Throws when they cannot be unpacked, or are endless.
 */
export async function diffIdOf(blob: AsyncIterable<Uint8Array>, mediaType: string): Promise<string> {
	const hash = createHash('sha256');
	let size = 0;
	const into = new Writable({
		write(chunk: Buffer, _encoding, done) {
			size += chunk.length;
			hash.update(chunk);
			done(size > most ? new Error(`it unpacks to more than ${most} bytes`) : null);
		},
	});
	const bytes = Readable.from(blob, {objectMode: false});
	if (mediaType.endsWith('gzip')) await pipeline(bytes, createGunzip(), into);
	else if (mediaType.endsWith('zstd')) await pipeline(bytes, createZstdDecompress(), into);
	else await pipeline(bytes, into);
	return `sha256:${hash.digest('hex')}`;
}
