/** What of an image is to be copied from one place, proved to be what the lock says before a byte of its layers moves. */
import type {LockedImage} from '../model.ts';
import {isVouchedFor, otherLayer} from './layer-content.ts';
import {digestOf} from './registry/body.ts';
import {describeManifest} from './registry/describe.ts';
import {RegistryError} from './registry/failure.ts';
import {follow} from './registry/follow.ts';
import {type Descriptor, imageOf, isIndex, type Manifest, readManifest} from './registry/manifest.ts';
import {type ImageSource, imageName} from './registry/source.ts';

/** `all`: whatever the source has. A list: these, and all of them. */
export type Platforms = 'all' | readonly string[];

export type Resolved = {
	/** What gets the tag: the source's own bytes, but for an index of which only some platforms are wanted. */
	readonly top: Manifest;
	/** Manifests below an index, each before what names it. */
	readonly children: readonly Manifest[];
	readonly blobs: readonly Descriptor[];
};

const deepest = 4;

/**
 * Reads the manifests of an image. Rejects with RegistryError: a platform is missing, or it is not what the lock says. `present`: the digest that
 * the target has under that name; layers that were copied there before need not be looked into again.
 */
export async function resolveImage(
	source: ImageSource,
	ref: string,
	platforms: Platforms,
	{locked, present}: {locked?: LockedImage | undefined; present?: Promise<string | undefined>} = {},
): Promise<Resolved> {
	const [first, known] = await Promise.all([source.manifest(ref), present]);
	const proofs = lockedPlatforms(locked).filter(({platform}) => platforms === 'all' || platforms.includes(platform));
	// What the target has may have come there for another platform: only the lock spares a look.
	const unproved = (platform: string) => !proofs.some((one) => one.platform === platform);
	const {top, children} =
		platforms === 'all' ? await whole(source, ref, first) : await some(source, ref, first, platforms, unproved);
	await proveAll(source, ref, {top, copied: top.digest === known, all: platforms === 'all'}, proofs);
	const images = [top, ...children].filter((one) => !isIndex(one)).map(imageOf);
	const blobs = new Map(images.flatMap(({config, layers}) => [...layers, config]).map((blob) => [blob.digest, blob]));
	return {top, children, blobs: [...blobs.values()]};
}

/** An image of a reference's repository by digest. */
export const pinned = (ref: string, digest: string): string => `${ref.replace(/@.*$/, '').replace(/:[^:/]*$/, '')}@${digest}`;

async function whole(source: ImageSource, ref: string, top: Manifest, depth = 0): Promise<{top: Manifest; children: Manifest[]}> {
	if (!isIndex(top)) return {top, children: []};
	if (depth >= deepest) throw new RegistryError('wrong', placeOf(ref), `its index holds indexes, ${deepest} deep and more`);
	const below = await Promise.all(
		top.document.manifests.map(async ({digest}) => whole(source, ref, await source.manifest(pinned(ref, digest)), depth + 1)),
	);
	return {top, children: below.flatMap((one) => [...one.children, one.top])};
}

async function some(
	source: ImageSource,
	ref: string,
	first: Manifest,
	platforms: readonly string[],
	unproved: (platform: string) => boolean,
): Promise<{top: Manifest; children: Manifest[]}> {
	const read = (digest: string) => source.manifest(pinned(ref, digest));
	if (!isIndex(first)) {
		// One image alone is taken for a platform only when its config says so.
		for (const platform of platforms.filter(unproved)) await describeManifest(source, ref, first, platform);
		return {top: first, children: []};
	}
	const chosen = await Promise.all(platforms.map((platform) => follow(first, platform, placeOf(ref), read)));
	const children = [...new Map(chosen.map((one) => [one.digest, one])).values()];
	if (children.length === 1) return {top: children[0]!, children: []};
	const manifests = first.document.manifests.filter(({digest}) => children.some((one) => one.digest === digest));
	if (manifests.length === first.document.manifests.length) return {top: first, children};
	if (manifests.length !== children.length)
		throw new RegistryError('wrong', placeOf(ref), 'holds its platforms in indexes of their own; take --platform all');
	return {top: indexOf(first, manifests), children};
}

/** An index of fewer platforms; the same choice makes the same bytes. */
function indexOf({bytes, mediaType}: Manifest, manifests: readonly Descriptor[]): Manifest {
	const said = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
	return readManifest(Buffer.from(JSON.stringify({...said, manifests})), mediaType);
}

type Locked = Pick<LockedImage, 'platform' | 'digest' | 'config' | 'diffIDs' | 'from'>;

function lockedPlatforms(locked: LockedImage | undefined): Locked[] {
	if (locked === undefined) return [];
	return [locked, ...Object.entries(locked.platforms ?? {}).map(([platform, one]) => ({platform, ...one}))];
}

type Found = {readonly top: Manifest; readonly copied: boolean; readonly all: boolean};

/** With `all`, a place needs not have every platform that the lock knows: a file may have been saved for one. One at least it must have. */
async function proveAll(source: ImageSource, ref: string, {all, ...found}: Found, proofs: readonly Locked[]): Promise<void> {
	const lacking: RegistryError[] = [];
	for (const one of proofs) {
		try {
			await prove(source, ref, found, one);
		} catch (error) {
			if (!all || !(error instanceof RegistryError) || error.fault !== 'absent') throw error;
			lacking.push(error);
		}
	}
	if (lacking.length > 0 && lacking.length === proofs.length) throw lacking[0]!;
}

/** `copied`: the target has the same already, so its layers were looked into when they went there. */
async function prove(
	source: ImageSource,
	ref: string,
	{top, copied}: Pick<Found, 'top' | 'copied'>,
	locked: Locked,
): Promise<void> {
	const at = await follow(top, locked.platform, placeOf(ref), (digest) => source.manifest(pinned(ref, digest)));
	// The lock's own digest proves everything below it.
	if (at.digest === locked.digest && digestOf(at.bytes) === locked.digest && imageOf(at).config.digest === locked.config) return;
	const {config, diffIDs, layers} = await describeManifest(source, ref, at, locked.platform);
	const wrong = (why: string) => {
		const hint =
			'that place has another image under this name: take another source, or ask who runs it; the lock is what upstream made';
		return new RegistryError('wrong', placeOf(ref), `is not the image of the lock: ${why}`, {hint});
	};
	if (config !== locked.config) throw wrong(`its config is ${config}, the lock says ${locked.config}`);
	if (diffIDs.join() !== locked.diffIDs.join()) throw wrong('its layers are others');
	if (copied || isVouchedFor(at.digest, locked)) return;
	// A manifest that nobody has looked into may put any layers beside upstream's config.
	const other = await otherLayer(layers, diffIDs, (layer) => source.blob(ref, layer));
	if (other !== undefined) throw wrong(other);
}

const placeOf = (ref: string) => ({where: imageName(ref).registry, ref});
