/**
 * A registry laid out as aliyun's: Kubernetes' images under flat names, with manifests that were written anew. Config and layers are upstream's, the
 * digest of the manifest is another. Its storage is made of links to a store's, so that a test can take images out or spoil bytes in one lab alone.
 */
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {parseImage} from '../../src/artifacts/mirror.ts';
import type {Lock} from '../../src/model.ts';

/** Before the name of every image. */
export const aliyunFolder = 'google_containers';

const upstream = 'registry.k8s.io';
const root = 'docker/registry/v2';
const blobOf = (storage: string, digest: string) => {
	const hex = digest.replace('sha256:', '');
	return join(storage, root, 'blobs/sha256', hex.slice(0, 2), hex, 'data');
};
const repositoryOf = (storage: string, name: string) => join(storage, root, 'repositories', aliyunFolder, name);

type Descriptor = {readonly mediaType: string; readonly digest: string; readonly size: number};
type Manifest = {readonly config: Descriptor; readonly layers: readonly Descriptor[]};

const docker = 'application/vnd.docker';

/** The same image in Docker's words instead of OCI's. Layers are plain archives in the lab. */
function rewritten({config, layers}: Manifest): string {
	return JSON.stringify({
		schemaVersion: 2,
		mediaType: `${docker}.distribution.manifest.v2+json`,
		config: {...config, mediaType: `${docker}.container.image.v1+json`},
		layers: layers.map((layer) => ({...layer, mediaType: `${docker}.image.rootfs.diff.tar`})),
	});
}

function write(path: string, text: string): void {
	mkdirSync(dirname(path), {recursive: true});
	writeFileSync(path, text);
}

/** `registry.k8s.io/coredns/coredns:v1.14.6` → name `coredns`, tag `v1.14.6`; undefined for images of other registries. */
function flat(ref: string): {readonly name: string; readonly tag: string} | undefined {
	const {registry, repository, tag = 'latest'} = parseImage(ref) ?? {};
	return registry === upstream && repository !== undefined ? {name: repository.split('/').at(-1) ?? '', tag} : undefined;
}

/** The name and tag there, without the folder: `coredns:v1.14.6`. */
export const aliyunName = (ref: string): string => Object.values(flat(ref) ?? {}).join(':');

/** Fills the folder `into` (registry storage) from a store's storage. Answers the digest there of each upstream reference. */
export function makeAliyun(images: Lock['images'], storage: string, into: string): Record<string, string> {
	rmSync(into, {recursive: true, force: true});
	const digests: Record<string, string> = {};
	for (const [ref, {digest}] of Object.entries(images)) {
		const place = flat(ref);
		if (place === undefined) continue;
		const manifest: Manifest = JSON.parse(readFileSync(blobOf(storage, digest), 'utf8'));
		const text = rewritten(manifest);
		const own = `sha256:${createHash('sha256').update(text).digest('hex')}`;
		write(blobOf(into, own), text);
		const repository = repositoryOf(into, place.name);
		for (const blob of [manifest.config, ...manifest.layers]) {
			const path = blobOf(into, blob.digest);
			mkdirSync(dirname(path), {recursive: true});
			rmSync(path, {force: true});
			symlinkSync(blobOf(storage, blob.digest), path);
			write(join(repository, '_layers/sha256', blob.digest.slice(7), 'link'), blob.digest);
		}
		write(join(repository, '_manifests/revisions/sha256', own.slice(7), 'link'), own);
		write(join(repository, '_manifests/tags', place.tag, 'current/link'), own);
		write(join(repository, '_manifests/tags', place.tag, 'index/sha256', own.slice(7), 'link'), own);
		digests[ref] = own;
	}
	return digests;
}

/** As if aliyun had never had the image. */
export function takeOut(storage: string, ref: string): void {
	rmSync(repositoryOf(storage, flat(ref)?.name ?? ref), {recursive: true});
}

/** The bytes of a blob are other ones from now on, of the same length: the last one is flipped. */
export function spoil(storage: string, digest: string): void {
	const path = blobOf(storage, digest);
	const bytes = readFileSync(path);
	bytes[bytes.length - 1]! ^= 1;
	unlinkSync(path);
	writeFileSync(path, bytes);
}
