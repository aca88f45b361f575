/** What a layer holds once it is unpacked: its diffID, which no other compression changes. */
import {createHash} from 'node:crypto';
import {Readable, Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip, createZstdDecompress} from 'node:zlib';
import {KubestrapError} from '../errors.ts';
import type {LockedImage} from '../model.ts';
import type {Descriptor} from './registry/manifest.ts';

type Layer = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;

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

/** Whether the maker of the lock has looked into the layers of a manifest: it is upstream's, or a place of the lock is named with it. */
export function isVouchedFor(manifest: string, {digest, from}: Pick<LockedImage, 'digest' | 'from'>): boolean {
	return manifest === digest || from.some((place) => place.endsWith(`@${manifest}`));
}

/** In words, which of the layers unpacks to something else than its diffID; undefined when none does. Throws what `open` throws. */
export async function otherLayer(
	layers: readonly Layer[],
	diffIDs: readonly string[],
	open: (layer: Layer) => AsyncIterable<Uint8Array>,
): Promise<string | undefined> {
	for (const [index, layer] of layers.entries()) {
		// A layer that is not packed is proved by its digest.
		if (layer.digest === diffIDs[index]) continue;
		const is = await diffIdOf(open(layer), layer.mediaType).catch((error: unknown) => {
			if (error instanceof KubestrapError) throw error;
			return `something that cannot be unpacked (${(error as Error).message})`;
		});
		if (is !== diffIDs[index]) return `layer ${index + 1} unpacks to ${is}, the lock says ${diffIDs[index]}`;
	}
	return undefined;
}
