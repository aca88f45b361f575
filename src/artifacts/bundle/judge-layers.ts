/** Whether the layers of a bundle hold what a lock says, whoever made the bundle. */
import {buffer} from 'node:stream/consumers';
import type {Lock} from '../../model.ts';
import {isVouchedFor, otherLayer} from '../layer-content.ts';
import {lockFor} from '../lock.ts';
import {imageOf, readManifest} from '../registry/manifest.ts';
import {imagesOf, readPlace, type Whole} from './together.ts';

/**
 * Unpacks the layers of every image whose manifest the lock does not vouch for, and compares them with its diffIDs: beside upstream's config a
 * manifest can name any layers. One line for each image that has others; images that `agreement` speaks of are left to it.
 */
export async function judgeLayers({contents, place}: Pick<Whole, 'contents' | 'place'>, lock: Lock): Promise<string[]> {
	const bytes = (digest: string) => {
		const at = place(digest);
		if (at === undefined) throw new Error(`${digest} is not in the bundle`);
		return readPlace(at);
	};
	const wrong: string[] = [];
	for (const {ref, platform, manifest, config, mediaType} of imagesOf(contents)) {
		const {images} = lockFor(lock, platform.replace('linux/', ''));
		const locked = Object.hasOwn(images, ref) ? images[ref] : undefined;
		if (locked === undefined || locked.config !== config || isVouchedFor(manifest, locked)) continue;
		const {layers} = imageOf(readManifest(await buffer(bytes(manifest)), mediaType));
		if (layers.length !== locked.diffIDs.length) continue;
		const other = await otherLayer(layers, locked.diffIDs, ({digest}) => bytes(digest));
		if (other !== undefined) wrong.push(`image ${ref}: it has other layers than the lock says: ${other}`);
	}
	return wrong;
}
