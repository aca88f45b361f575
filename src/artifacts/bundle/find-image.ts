/** Where an image of the lock can be had, and what it is made of there. */
import {StepError} from '../../errors.ts';
import type {BundledImage, LockedImage, Mirror} from '../../model.ts';
import {imageSources} from '../mirror.ts';

export type Piece = {readonly mediaType: string; readonly digest: string; readonly size: number};

/** Reads images from registries: as much of a client as is needed here. */
export type ImageReader = {
	describe(
		ref: string,
		platform: string,
	): Promise<{
		readonly config: string;
		readonly diffIDs: readonly string[];
		readonly manifest: {readonly digest: string; readonly mediaType: string; readonly bytes: Uint8Array};
	}>;
	blob(ref: string, piece: Piece): AsyncIterable<Uint8Array>;
};

type Found = {
	readonly from: string;
	readonly bundled: BundledImage;
	readonly manifest: Uint8Array;
	readonly pieces: readonly Piece[];
};

/** The first place that has an image with the lock's config and layers; a manifest of its own is no matter. */
export async function find(
	ref: string,
	locked: LockedImage,
	{images, mirror}: {readonly images: ImageReader; readonly mirror: Mirror},
): Promise<Found> {
	const misses: string[] = [];
	for (const from of new Set(locked.from.flatMap((place) => imageSources(place, mirror)))) {
		try {
			const {config, diffIDs, manifest} = await images.describe(from, locked.platform);
			if (config !== locked.config || JSON.stringify(diffIDs) !== JSON.stringify(locked.diffIDs)) {
				misses.push(`${from}: it has another image: its config is ${config}, the lock says ${locked.config}`);
				continue;
			}
			const said = JSON.parse(Buffer.from(manifest.bytes).toString('utf8')) as {config: Piece; layers: readonly Piece[]};
			const {mediaType, digest} = manifest;
			const layers = said.layers.map((layer) => layer.digest);
			const bundled = {ref, platform: locked.platform, mediaType, manifest: digest, config, layers};
			return {from, bundled, manifest: manifest.bytes, pieces: [said.config, ...said.layers]};
		} catch (error) {
			if (!(error instanceof Error) || error.name === 'AbortError') throw error;
			misses.push(`${from}: ${error.message}`);
		}
	}
	const hint = 'mend the mirror, or name another one (spec.mirror); what was fetched so far is kept';
	throw new StepError(`image ${ref}: no place has it as the lock wants it\n  ${misses.join('\n  ')}`, {hint});
}
