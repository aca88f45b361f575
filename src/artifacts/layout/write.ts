/** An OCI image layout as a tar (image-spec "image-layout"): the same images always give the same bytes. */
import {blobPath, ociLayout} from '../bundle/layout.ts';
import {end, header, padding} from '../bundle/ustar.ts';
import type {Resolved} from '../copy-resolve.ts';
import type {Descriptor} from '../registry/manifest.ts';
import {mediaTypes} from '../registry/manifest.ts';

export type LaidImage = {readonly name: string; readonly resolved: Resolved};
export type Open = (image: string, blob: Descriptor) => AsyncIterable<Buffer>;

/** How many bytes the tar has. */
export function layoutSize(images: readonly LaidImage[]): number {
	const member = (size: number) => 512 + size + padding(size);
	const texts = [ociLayout, indexText(images)].map((text) => Buffer.byteLength(text));
	return [...texts, ...piecesOf(images).map(({size}) => size)].reduce((sum, size) => sum + member(size), end.length);
}

/**
 * The bytes, in order; index first, so that a reader of a stream knows what comes. `open` gives a blob for one of the images that have it, and
 * must throw instead of ending when its bytes are others.
 */
export async function* layoutTar(images: readonly LaidImage[], open: Open): AsyncGenerator<Buffer> {
	for (const [name, text] of [
		['oci-layout', ociLayout],
		['index.json', indexText(images)],
	] as const) {
		const bytes = Buffer.from(text);
		yield Buffer.concat([header(name, bytes.length), bytes, Buffer.alloc(padding(bytes.length))]);
	}
	for (const {digest, size, bytes, image, blob} of piecesOf(images)) {
		yield header(blobPath(digest), size);
		if (bytes !== undefined) yield bytes;
		else yield* open(image, blob);
		yield Buffer.alloc(padding(size));
	}
	yield end;
}

type Piece = {
	readonly digest: string;
	readonly size: number;
	readonly bytes?: Buffer;
	readonly image: string;
	readonly blob: Descriptor;
};

/** Manifests and blobs by digest, each once. */
function piecesOf(images: readonly LaidImage[]): Piece[] {
	const all = images.flatMap(({name, resolved: {top, children, blobs}}): Piece[] => [
		...[top, ...children].map((manifest) => ({...manifest, image: name, blob: manifest})),
		...blobs.map((blob) => ({digest: blob.digest, size: blob.size, image: name, blob})),
	]);
	return [...new Map(all.map((piece) => [piece.digest, piece])).values()].sort((one, other) =>
		one.digest < other.digest ? -1 : 1,
	);
}

/** Each image under its full name: for containerd (`io.containerd.image.name`) as for skopeo and crane (`org.opencontainers.image.ref.name`). */
function indexText(images: readonly LaidImage[]): string {
	const manifests = images
		.map(({name, resolved: {top}}) => {
			const annotations = {'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name};
			return {mediaType: top.mediaType, digest: top.digest, size: top.size, annotations};
		})
		.sort((one, other) => (one.annotations['io.containerd.image.name'] < other.annotations['io.containerd.image.name'] ? -1 : 1));
	return `${JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.index, manifests})}\n`;
}
