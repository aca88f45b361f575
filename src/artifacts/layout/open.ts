/** An image layout in a tar or a folder, read like a registry. Everything in it was compared with its digest when it was opened. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {open} from 'node:fs/promises';
import {StepError} from '../../errors.ts';
import {parseImage} from '../mirror.ts';
import {RegistryError} from '../registry/failure.ts';
import {follow} from '../registry/follow.ts';
import {
	type Descriptor,
	isIndex,
	type Manifest,
	ManifestError,
	mediaTypes,
	mostManifest,
	readManifest,
} from '../registry/manifest.ts';
import type {ImageSource} from '../registry/source.ts';
import {LayoutError} from './members.ts';
import {type Scanned, type ScanOptions, scan} from './scan.ts';
import {scanFolder} from './scan-folder.ts';

export type Layout = ImageSource & {
	/** Full references of the images that are in it, in order. */
	readonly names: readonly string[];
};

/** Reads a tar, or a folder, once and whole. Throws StepError that says what is wrong with it; nothing of it is used then. */
export async function openLayout(path: string, options: ScanOptions = {}): Promise<Layout> {
	const hint = 'make it with `kubestrap images save`, or `skopeo copy … oci-archive:`; nothing of it was used';
	const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
		throw new StepError(`${path} cannot be read (${error.code})`, {
			hint: 'name a file that is there; a stream has to be put into one first',
			cause: error,
		});
	});
	try {
		const isFolder = (await handle.stat()).isDirectory();
		const scanned = isFolder ? await scanFolder(path, options) : await scan(path, handle, options);
		return reader(path, scanned, await named(scanned, (digest) => small(scanned, digest)));
	} catch (error) {
		if (!(error instanceof LayoutError || error instanceof ManifestError)) throw error;
		throw new StepError(`${path}: ${error.message}`, {hint, cause: error});
	} finally {
		await handle.close();
	}
}

function reader(where: string, scanned: Scanned, tops: ReadonlyMap<string, Manifest>): Layout {
	const byDigest = async (ref: string, digest: string): Promise<Manifest> => {
		const top = [...tops.values()].find((one) => one.digest === digest);
		if (top !== undefined) return top;
		if (!scanned.blobs.has(digest)) throw new RegistryError('absent', {where, ref}, `its manifest ${digest} is not in the file`);
		try {
			return readManifest(await small(scanned, digest));
		} catch (error) {
			if (error instanceof ManifestError) throw new RegistryError('wrong', {where, ref}, `its manifest ${error.message}`);
			throw error;
		}
	};
	return {
		names: [...tops.keys()],
		manifest: async (ref, {platform} = {}) => {
			const digest = parseImage(ref)?.digest ?? tops.get(ref)?.digest;
			if (digest === undefined) throw new RegistryError('absent', {where, ref}, 'is not in the file');
			const first = await byDigest(ref, digest);
			return platform === undefined ? first : follow(first, platform, {where, ref}, (inner) => byDigest(ref, inner));
		},
		blob: (ref, blob) => bytesOf(where, scanned, ref, blob),
	};
}

async function* bytesOf(where: string, {blobs}: Scanned, ref: string, {digest, size}: Descriptor): AsyncGenerator<Buffer> {
	const place = blobs.get(digest);
	if (place === undefined) throw new RegistryError('absent', {where, ref}, `its blob ${digest} is not in the file`);
	if (place.size !== size)
		throw new RegistryError('wrong', {where, ref}, `its blob ${digest} has ${place.size} bytes, its manifest says ${size}`);
	if (size === 0) return;
	const hash = createHash('sha256');
	const {file, offset: start} = place;
	for await (const chunk of createReadStream(file, {
		start,
		end: start + size - 1,
		highWaterMark: 1 << 20,
	}) as AsyncIterable<Buffer>) {
		hash.update(chunk);
		yield chunk;
	}
	if (`sha256:${hash.digest('hex')}` !== digest)
		throw new RegistryError('wrong', {where, ref}, `its blob ${digest} has been changed since the file was looked at`);
}

async function small({blobs}: Scanned, digest: string): Promise<Buffer> {
	const place = blobs.get(digest);
	if (place === undefined) throw new LayoutError(`its index names ${digest}, which is not in it`);
	if (place.size > mostManifest) throw new LayoutError(`its manifest ${digest} has ${place.size} bytes`);
	const handle = await open(place.file, 'r');
	try {
		return (await handle.read(Buffer.alloc(place.size), 0, place.size, place.offset)).buffer;
	} finally {
		await handle.close();
	}
}

/** Images by their names. Several manifests under one name are its platforms: an index is made of them. */
async function named({texts}: Scanned, read: (digest: string) => Promise<Buffer>): Promise<Map<string, Manifest>> {
	const index = readManifest(texts.get('index.json')!, mediaTypes.index);
	if (!isIndex(index)) throw new LayoutError('its index.json is no index');
	const found = new Map<string, Descriptor[]>();
	for (const one of index.document.manifests) {
		const names = [one.annotations?.['io.containerd.image.name'], one.annotations?.['org.opencontainers.image.ref.name']];
		// A tag alone is no name: nobody knows of which image.
		const name = names.find(
			(text) => typeof text === 'string' && /[.:].*\/|^localhost\//.test(text) && parseImage(text) !== undefined,
		);
		if (name === undefined) throw new LayoutError(`an image in it (${one.digest}) does not say its full name`);
		found.set(name, [...(found.get(name) ?? []), one]);
	}
	const tops = new Map<string, Manifest>();
	for (const [name, [first, ...more]] of found) {
		if (more.length === 0) tops.set(name, readManifest(await read(first!.digest), first!.mediaType));
		else {
			const manifests = [first!, ...more].map(({mediaType, digest, size, platform}) => ({
				mediaType,
				digest,
				size,
				...(platform && {platform}),
			}));
			tops.set(name, readManifest(Buffer.from(JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.index, manifests}))));
		}
	}
	return tops;
}
