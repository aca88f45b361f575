/** Manifests and indexes: what their bytes say, checked before anything of it is used. Pure. */
import {digestOf} from './body.ts';

/** A piece of content: what it is, and the bytes it must have. */
export type Descriptor = {
	readonly mediaType: string;
	/** `sha256:` and 64 hex digits. */
	readonly digest: string;
	readonly size: number;
	readonly platform?: {readonly os: string; readonly architecture: string; readonly variant?: string};
	readonly annotations?: Readonly<Record<string, string>>;
	/** Where else it would be. Never followed. */
	readonly urls?: readonly string[];
};

export type ImageManifest = {readonly config: Descriptor; readonly layers: readonly Descriptor[]};
export type ImageIndex = {readonly manifests: readonly Descriptor[]};

/** The exact bytes of a manifest or an index, and what they say. */
export type Manifest = {
	readonly digest: string;
	readonly mediaType: string;
	readonly bytes: Buffer;
	readonly size: number;
	readonly document: ImageManifest | ImageIndex;
};

export const mediaTypes = {
	manifest: 'application/vnd.oci.image.manifest.v1+json',
	index: 'application/vnd.oci.image.index.v1+json',
	dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
	dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;
const known: readonly string[] = Object.values(mediaTypes);
const isIndexType = (type: string) => type === mediaTypes.index || type === mediaTypes.dockerIndex;

/** The largest manifest that registries must take (distribution specification), and the largest that we read. */
export const mostManifest = 4 << 20;
const mostParts = 10_000;

/** What is wrong with a manifest, in words. */
export class ManifestError extends Error {}

export function isIndex(manifest: Manifest): manifest is Manifest & {readonly document: ImageIndex} {
	return 'manifests' in manifest.document;
}

/** What a manifest says that is no index. An index here is a mistake of ours. */
export function imageOf({document, digest}: Manifest): ImageManifest {
	if ('config' in document) return document;
	throw new Error(`${digest} is an index, not an image`);
}

/**
 * Reads a manifest that was served as `type` (the header, if any). Throws ManifestError when it is none that we know, when header and bytes do
 * not agree what it is, and when bytes could be read as either kind (CVE-2021-41190).
 */
export function readManifest(bytes: Buffer, type = ''): Manifest {
	const document = parse(bytes);
	const [served = ''] = type.toLowerCase().split(';', 1);
	const named = typeof document.mediaType === 'string' ? document.mediaType : '';
	const plain = ['', 'application/json', 'text/plain', 'application/octet-stream'].includes(served.trim());
	if (/docker\.distribution\.manifest\.v1\+/.test(served) || document.schemaVersion === 1)
		throw new ManifestError(
			'is in the old format (schema 1), which holds no digests of layers; push the image anew from a runtime that is not as old',
		);
	if (!plain && named !== '' && served.trim() !== named)
		throw new ManifestError(`is served as ${printableType(served)}, but says it is ${printableType(named)}`);
	const [many, one] = ['manifests' in document, 'layers' in document || 'config' in document];
	const mediaType = (plain ? '' : served.trim()) || named || (many ? mediaTypes.index : mediaTypes.manifest);
	if (!known.includes(mediaType)) throw new ManifestError(`is ${printableType(mediaType)}, which is no image manifest`);
	if (many === one || many !== isIndexType(mediaType)) throw new ManifestError(`does not have the form of ${mediaType}`);
	const whole = {digest: digestOf(bytes), mediaType, bytes, size: bytes.length};
	if (many) return {...whole, document: {manifests: list(document.manifests, 'manifests')}};
	return {...whole, document: {config: descriptor(document.config, 'config'), layers: list(document.layers, 'layers')}};
}

function parse(bytes: Buffer): Record<string, unknown> {
	const text = bytes.toString('utf8');
	if (text.trimStart().startsWith('<')) throw new ManifestError('is a web page, no manifest');
	try {
		const value = JSON.parse(text) as unknown;
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	} catch {
		// Said below.
	}
	throw new ManifestError('is no JSON object');
}

function list(value: unknown, name: string): Descriptor[] {
	if (!Array.isArray(value) || value.length > mostParts) throw new ManifestError(`${name} is no list, or one that is too long`);
	return value.map((one, index) => descriptor(one, `${name}[${index}]`));
}

function descriptor(value: unknown, name: string): Descriptor {
	const {mediaType, digest, size} = (value ?? {}) as Record<string, unknown>;
	if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
		throw new ManifestError(`${name} has no sha256 digest`);
	if (!Number.isSafeInteger(size) || Number(size) < 0) throw new ManifestError(`${name} has no size`);
	if (typeof mediaType !== 'string') throw new ManifestError(`${name} has no media type`);
	return value as Descriptor;
}

const printableType = (type: string) => JSON.stringify(type.slice(0, 100));

/** `linux/arm64/v8` taken apart; undefined when it is none. */
export function parsePlatform(text: string): Descriptor['platform'] {
	const [, os, architecture, variant] = /^([a-z0-9]+)\/([a-z0-9]+)(?:\/([a-z0-9]+))?$/.exec(text) ?? [];
	return os === undefined || architecture === undefined ? undefined : {os, architecture, ...(variant ? {variant} : {})};
}

/** What of an index is for a platform, best first: the same variant before none, and none before another one. */
export function choose(index: ImageIndex, platform: string): Descriptor | undefined {
	const wanted = parsePlatform(platform);
	const usual = wanted?.architecture === 'arm64' ? 'v8' : undefined;
	const rank = ({platform: is}: Descriptor) =>
		is?.variant === (wanted?.variant ?? usual) ? 0 : is?.variant === undefined ? 1 : 2;
	return index.manifests
		.filter(({platform: is}) => wanted !== undefined && is?.os === wanted.os && is.architecture === wanted.architecture)
		.filter((one) => wanted?.variant === undefined || rank(one) < 2)
		.sort((one, other) => rank(one) - rank(other))[0];
}

/** The platforms of an index, for messages. */
export function platformsOf(index: ImageIndex): string[] {
	const name = ({platform}: Descriptor) =>
		platform && [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
	return [...new Set(index.manifests.map(name).filter((one) => typeof one === 'string'))];
}
