/** Where an image of the lock can be had, and what it is made of there. */
import {StepError} from '../../errors.ts';
import type {BundledImage, LockedImage, Mirror} from '../../model.ts';
import {isVouchedFor, otherLayer} from '../layer-content.ts';
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

/**
 * Looks into the layers of a manifest that the lock does not know: a place may put any layers beside upstream's config. `had`: layers that an
 * earlier bundle has, which were looked into when it was made. Throws StepError.
 */
export async function lookInto(
	{from, bundled, pieces}: Found,
	locked: LockedImage,
	{had, open}: {readonly had: ReadonlySet<string>; readonly open: (digest: string) => AsyncIterable<Uint8Array>},
): Promise<void> {
	if (isVouchedFor(bundled.manifest, locked)) return;
	const layers = pieces
		.slice(1)
		.map((layer, index) => (had.has(layer.digest) ? {...layer, digest: locked.diffIDs[index]!} : layer));
	const other = await otherLayer(layers, locked.diffIDs, ({digest}) => open(digest));
	if (other === undefined) return;
	const hint = `nothing is taken from there: leave ${from} out (spec.mirror), or have it mended`;
	throw new StepError(`image ${bundled.ref}: what ${from} has is not the image of the lock: ${other}`, {hint});
}
