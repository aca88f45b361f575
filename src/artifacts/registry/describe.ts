/** What an image really is: the digests of its config and of its unpacked layers, which no rewritten manifest can change. */
import {limited, TooSlow} from './body.ts';
import {RegistryError} from './failure.ts';
import {type Descriptor, imageOf, type Manifest, parsePlatform} from './manifest.ts';
import {type ImageSource, imageName} from './source.ts';

export type Description = {
	/** Of the platform's manifest, as that place has it. */
	readonly digest: string;
	/** Of the image's config: what CRI calls the image ID. */
	readonly config: string;
	readonly diffIDs: readonly string[];
	/** The layers as that place has them; another place may have compressed them in another way. */
	readonly layers: readonly Descriptor[];
	readonly manifest: Manifest;
};

const mostConfig = 8 << 20;

/** Describes the image of a platform. The config must be of that platform, and have a diffID for each layer. Throws RegistryError. */
export async function describeImage(source: ImageSource, ref: string, platform: string): Promise<Description> {
	return describeManifest(source, ref, await source.manifest(ref, {platform}), platform);
}

/** The same of a manifest that was read already. */
export async function describeManifest(
	source: Pick<ImageSource, 'blob'>,
	ref: string,
	manifest: Manifest,
	platform: string,
): Promise<Description> {
	const {config, layers} = imageOf(manifest);
	const place = {where: imageName(ref).registry, ref};
	if (config.size > mostConfig)
		throw new RegistryError('wrong', place, `its config has ${config.size} bytes, more than any image's`);
	const bytes = await limited(source.blob(ref, config), mostConfig).catch((error: unknown) => {
		if (!(error instanceof TooSlow)) throw error;
		throw new RegistryError('silent', place, `its config: ${error.message}`, {cause: error});
	});
	const {diffIDs, is} = readConfig(bytes, (why) => new RegistryError('wrong', place, `its config ${why}`));
	const wanted = parsePlatform(platform);
	if (is.os !== wanted?.os || is.architecture !== wanted?.architecture)
		throw new RegistryError('absent', place, `is an image for ${is.os}/${is.architecture}, not for ${platform}`);
	if (diffIDs.length !== layers.length)
		throw new RegistryError('wrong', place, `has ${layers.length} layers, but its config names ${diffIDs.length}`);
	return {digest: manifest.digest, config: config.digest, diffIDs, layers, manifest};
}

function readConfig(bytes: Buffer, wrong: (why: string) => RegistryError) {
	let said: {os?: unknown; architecture?: unknown; rootfs?: {diff_ids?: unknown}} = {};
	try {
		said = (JSON.parse(bytes.toString('utf8')) ?? {}) as typeof said;
	} catch {
		throw wrong('is no JSON');
	}
	const diffIDs = said.rootfs?.diff_ids;
	if (!Array.isArray(diffIDs) || !diffIDs.every((id) => typeof id === 'string' && /^sha256:[0-9a-f]{64}$/.test(id)))
		throw wrong('has no list of layers (rootfs.diff_ids)');
	const word = (value: unknown) => (typeof value === 'string' && /^[a-z0-9]+$/.test(value) ? value : 'unknown');
	return {diffIDs: diffIDs as string[], is: {os: word(said.os), architecture: word(said.architecture)}};
}
