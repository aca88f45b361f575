/** What of an image is to be copied from one place, proved to be what the lock says before a byte of its layers moves. */
import type {LockedImage} from '../model.ts';
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
 * the target has under that name; what was copied there before needs not be looked into again.
 */
export async function resolveImage(
	source: ImageSource,
	ref: string,
	platforms: Platforms,
	{locked, present}: {locked?: LockedImage | undefined; present?: Promise<string | undefined>} = {},
): Promise<Resolved> {
	const [first, known] = await Promise.all([source.manifest(ref), present]);
	const proofs = lockedPlatforms(locked).filter(({platform}) => platforms === 'all' || platforms.includes(platform));
	const seen = first.digest === known || proofs.length === platforms.length;
	const {top, children} = platforms === 'all' ? await whole(source, ref, first) : await some(source, ref, first, platforms, seen);
	for (const one of proofs) await prove(source, ref, top, one);
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
	seen: boolean,
): Promise<{top: Manifest; children: Manifest[]}> {
	const read = (digest: string) => source.manifest(pinned(ref, digest));
	if (!isIndex(first)) {
		// One image alone is taken for a platform only when its config says so.
		for (const platform of seen ? [] : platforms) await describeManifest(source, ref, first, platform);
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

type Locked = Pick<LockedImage, 'platform' | 'digest' | 'config' | 'diffIDs'>;

function lockedPlatforms(locked: LockedImage | undefined): Locked[] {
	if (locked === undefined) return [];
	return [locked, ...Object.entries(locked.platforms ?? {}).map(([platform, one]) => ({platform, ...one}))];
}

async function prove(source: ImageSource, ref: string, top: Manifest, locked: Locked): Promise<void> {
	const at = await follow(top, locked.platform, placeOf(ref), (digest) => source.manifest(pinned(ref, digest)));
	// The lock's own digest proves everything below it.
	if (at.digest === locked.digest && digestOf(at.bytes) === locked.digest && imageOf(at).config.digest === locked.config) return;
	const {config, diffIDs} = await describeManifest(source, ref, at, locked.platform);
	const hint =
		'that place has another image under this name: take another source, or ask who runs it; the lock is what upstream made';
	if (config !== locked.config)
		throw new RegistryError(
			'wrong',
			placeOf(ref),
			`is not the image of the lock: its config is ${config}, the lock says ${locked.config}`,
			{hint},
		);
	if (diffIDs.join() !== locked.diffIDs.join())
		throw new RegistryError('wrong', placeOf(ref), 'is not the image of the lock: its layers are others', {hint});
}

const placeOf = (ref: string) => ({where: imageName(ref).registry, ref});
