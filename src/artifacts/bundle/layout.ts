/** What lies where in a bundle: an OCI image layout, with the lock, the list of contents, SPDX and checksums beside it. Knowledge only. */
import {createHash} from 'node:crypto';
import type {BundledImage} from '../../model.ts';
import {blobsOf, type Contents} from './contents.ts';

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** The members before the blobs, in their order. The contents come first: they say how much of everything may follow. */
export const texts = ['bundle.json', 'oci-layout', 'index.json', 'kubestrap.lock', 'sbom.spdx.json'] as const;
export type TextName = (typeof texts)[number];

/** The last member: a digest of everything else, as `sha256sum -c` reads it. */
export const sums = 'SHA256SUMS';

export const ociLayout = '{"imageLayoutVersion":"1.0.0"}\n';

export const blobPath = (digest: string): string => `blobs/sha256/${digest.replace('sha256:', '')}`;

/** The blobs that are in the file, in their order. */
export function blobsHere({blobs, absent}: Contents): readonly (readonly [digest: string, size: number])[] {
	const gone = new Set(absent);
	return Object.entries(blobs)
		.filter(([digest]) => !gone.has(digest))
		.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The text of `SHA256SUMS`. Its own digest is the bundle's id. */
export function sumsText(digests: readonly (readonly [name: string, hex: string])[]): string {
	return digests.map(([name, hex]) => `${hex}  ${name}\n`).join('');
}

/** `sha256:…`, by which a bundle is known. */
export const idOf = (sumsOfIt: string): string => `sha256:${sha256(sumsOfIt)}`;

/**
 * `index.json` of some images: each under its full name, for containerd (`io.containerd.image.name`) as for skopeo and crane
 * (`org.opencontainers.image.ref.name`).
 */
export function indexText(images: readonly BundledImage[], sizes: Readonly<Record<string, number>>): string {
	const listed = new Map<string, object>();
	for (const {ref, index, ...image} of images) {
		const annotations = {'io.containerd.image.name': ref, 'org.opencontainers.image.ref.name': ref};
		const described = index ? {mediaType: indexType, digest: index, size: sizes[index]} : descriptor(image, sizes);
		listed.set(`${ref} ${index ?? image.platform}`, {...described, annotations});
	}
	return `${JSON.stringify({schemaVersion: 2, mediaType: indexType, manifests: [...listed.values()]})}\n`;
}

/** An image under its name and under its digest, as if it had been pulled: descriptors with a comma between. */
export function namedTwice(image: BundledImage, sizes: Readonly<Record<string, number>>): string {
	const names = [image.ref, `${image.ref.replace(/:[^:/]+$/, '')}@${image.manifest}`];
	return names
		.map((name) => JSON.stringify({...descriptor(image, sizes), annotations: {'io.containerd.image.name': name}}))
		.join(',');
}

const indexType = 'application/vnd.oci.image.index.v1+json';

/** The image index of one reference that a bundle has for several platforms. */
export function platformsText(images: readonly BundledImage[], sizes: Readonly<Record<string, number>>): string {
	const sorted = images.toSorted((one, other) => (one.platform < other.platform ? -1 : 1));
	return `${JSON.stringify({schemaVersion: 2, mediaType: indexType, manifests: sorted.map((image) => descriptor(image, sizes))})}\n`;
}

function descriptor(
	{mediaType, manifest, platform}: Pick<BundledImage, 'mediaType' | 'manifest' | 'platform'>,
	sizes: Readonly<Record<string, number>>,
) {
	const [os, architecture] = platform.split('/');
	return {mediaType, digest: manifest, size: sizes[manifest], platform: {os, architecture}};
}

/** The images that are whole in the file: those of a difference whose other half is in an earlier bundle can be read from both only. */
export function imagesHere({artifacts, absent}: Contents): BundledImage[] {
	const gone = new Set(absent);
	return artifacts.flatMap((artifact) =>
		artifact.kind === 'image' && !blobsOf(artifact).some((blob) => gone.has(blob)) ? [artifact] : [],
	);
}
