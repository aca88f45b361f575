/** From an index to the one manifest that a platform needs. */
import {printable} from '../../checks/printable.ts';
import {RegistryError} from './failure.ts';
import {choose, type Descriptor, isIndex, type Manifest, platformsOf} from './manifest.ts';

const deepest = 4;

/** From an index to the manifest of a platform; indexes in indexes too, as deep as anybody makes them. */
export async function follow(
	first: Manifest,
	platform: string,
	place: {where: string; ref: string},
	read: (digest: string) => Promise<Manifest>,
): Promise<Manifest> {
	let at = first;
	for (let depth = 0; isIndex(at); depth++) {
		if (depth >= deepest) throw new RegistryError('wrong', place, `its index holds indexes, ${deepest} deep and more`);
		const inner: Descriptor | undefined =
			choose(at.document, platform) ??
			at.document.manifests.find((one) => one.platform === undefined && /index|list/.test(one.mediaType));
		if (inner === undefined) {
			// Somebody else's words, on their way to a terminal.
			const has = printable(platformsOf(at.document).join(', '));
			throw new RegistryError('absent', place, `has no image for ${platform}, but for ${has || 'no platform at all'}`);
		}
		at = await read(inner.digest);
		if (at.size !== inner.size)
			throw new RegistryError('wrong', place, `its manifest ${inner.digest} has ${at.size} bytes, the index says ${inner.size}`);
	}
	return at;
}
