/** `bundle.json`: what a bundle was made for and what is in it. Knowledge only. */
import type {BundledImage} from '../../model.ts';

/** A file of the release layout, or of a package repository, by its key in the lock. */
export type BundledFile = {readonly kind: 'binary' | 'package'; readonly key: string; readonly digest: string};
export type BundledArtifact = BundledFile | ({readonly kind: 'image'} & BundledImage);

/** Digests are `sha256:HEX`. */
export type Contents = {
	readonly format: 1;
	readonly madeBy: string;
	readonly kubernetesVersion: string;
	/** `linux/amd64`, … */
	readonly platforms: readonly string[];
	readonly artifacts: readonly BundledArtifact[];
	/** Size of every blob that the artifacts are made of. */
	readonly blobs: Readonly<Record<string, number>>;
	/** Which of them are not in the file: an earlier bundle has them. */
	readonly absent: readonly string[];
	/** The id of that bundle. */
	readonly since?: string;
};

/** Metadata of a bundle is small; what says more is no bundle. */
export const mostText = 16 * 2 ** 20;
const mostBlobs = 20_000;

const digest = /^sha256:[0-9a-f]{64}$/;
const word = /^[\x21-\x7e]{1,512}$/;
const platform = /^linux\/(?:amd64|arm64)$/;

/** The blobs of an artifact, each once. */
export function blobsOf(artifact: BundledArtifact): readonly string[] {
	if (artifact.kind !== 'image') return [artifact.digest];
	const {manifest, config, layers, index = manifest} = artifact;
	return [...new Set([index, manifest, config, ...layers])];
}

/** What an artifact is called in reports. */
export function nameOf(artifact: BundledArtifact): string {
	return artifact.kind === 'image' ? artifact.ref : artifact.key;
}

/** What tells it from all others. */
export function keyOf(artifact: BundledArtifact): string {
	const platform = artifact.kind === 'image' ? ` ${artifact.platform}` : '';
	return `${artifact.kind} ${nameOf(artifact)}${platform}`;
}

/** In the one order that a bundle has. */
export function sortedContents(contents: Contents): Contents {
	const byName = (one: BundledArtifact, other: BundledArtifact) => {
		const [a, b] = [keyOf(one), keyOf(other)];
		return a < b ? -1 : Number(a > b);
	};
	return {
		format: 1,
		madeBy: contents.madeBy,
		kubernetesVersion: contents.kubernetesVersion,
		platforms: [...contents.platforms].sort(),
		...(contents.since === undefined ? {} : {since: contents.since}),
		artifacts: [...contents.artifacts].sort(byName).map(plain),
		blobs: Object.fromEntries(Object.entries(contents.blobs).sort(([one], [other]) => (one < other ? -1 : 1))),
		absent: [...contents.absent].sort(),
	};
}

function plain(artifact: BundledArtifact): BundledArtifact {
	if (artifact.kind !== 'image') return {kind: artifact.kind, key: artifact.key, digest: artifact.digest};
	const {kind, ref, index, mediaType, manifest, config, layers} = artifact;
	return {kind, ref, platform: artifact.platform, ...(index && {index}), mediaType, manifest, config, layers};
}

/** The text of `bundle.json`. */
export function contentsText(contents: Contents): string {
	return `${JSON.stringify(sortedContents(contents), null, '\t')}\n`;
}

/** Reads `bundle.json`. Throws an Error that says what is wrong: only the text that kubestrap itself would write is taken. */
export function readContents(text: string): Contents {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new Error('bundle.json is no JSON');
	}
	const said = value as Contents;
	if (said?.format !== 1)
		throw new Error(`bundle.json has format ${JSON.stringify(said?.format)}; this kubestrap reads format 1`);
	const problem = judge(said);
	if (problem !== undefined) throw new Error(`bundle.json: ${problem}`);
	if (contentsText(said) !== text) throw new Error('bundle.json is not as kubestrap writes it');
	return said;
}

const isList = (value: unknown, holds: (entry: unknown) => boolean): boolean => Array.isArray(value) && value.every(holds);
const isText = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

function judge({madeBy, kubernetesVersion, platforms, artifacts, blobs, absent, since}: Contents): string | undefined {
	if (!isText(/^[\x20-\x7e]{1,200}$/)(madeBy) || !isText(word)(kubernetesVersion))
		return 'it does not say what made it, and for what';
	if (!isList(platforms, isText(platform))) return 'its platforms are not linux/amd64 or linux/arm64';
	if (since !== undefined && !isText(digest)(since)) return 'since is no digest';
	if (typeof blobs !== 'object' || blobs === null || Array.isArray(blobs)) return 'its blobs are no map';
	const sizes = Object.entries(blobs);
	if (sizes.length > mostBlobs) return `it has more than ${mostBlobs} blobs`;
	const odd = sizes.find(([name, size]) => !digest.test(name) || !Number.isSafeInteger(size) || size < 0);
	if (odd) return `${JSON.stringify(odd).slice(0, 120)} is no blob`;
	if (!isList(absent, (entry) => typeof entry === 'string' && Object.hasOwn(blobs, entry))) return 'absent names what is no blob';
	if (new Set(absent).size !== absent.length) return 'absent names a blob twice';
	if (!isList(artifacts, isArtifact)) return 'an artifact is none';
	const names = artifacts.map(keyOf);
	if (new Set(names).size !== names.length) return 'it names an artifact twice';
	const used = new Set(artifacts.flatMap(blobsOf));
	const lost = [...used].find((blob) => !Object.hasOwn(blobs, blob)) ?? sizes.find(([blob]) => !used.has(blob))?.[0];
	return lost === undefined ? undefined : `${lost} is not both a blob and part of an artifact`;
}

function isArtifact(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	const artifact = value as Record<string, unknown>;
	if (artifact.kind === 'binary' || artifact.kind === 'package')
		return isText(word)(artifact.key) && isText(digest)(artifact.digest);
	const isImage = artifact.kind === 'image' && isText(word)(artifact.ref) && isText(platform)(artifact.platform);
	const digests =
		[artifact.manifest, artifact.config, artifact.index ?? artifact.manifest].every(isText(digest)) &&
		isList(artifact.layers, isText(digest));
	return isImage && digests && isText(word)(artifact.mediaType);
}
