/** Small bundles for tests: made of random bytes, but whole and consistent. */
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {type BundledArtifact, blobsOf, type Contents} from '../../../src/artifacts/bundle/contents.ts';
import {sha256} from '../../../src/artifacts/bundle/layout.ts';
import {writeBundle} from '../../../src/artifacts/bundle/write.ts';
import type {Lock} from '../../../src/model.ts';
import {testFolder} from '../../folder.ts';

export type Small = {
	readonly contents: Contents;
	readonly lock: Lock;
	/** By digest. */
	readonly blobs: ReadonlyMap<string, Buffer>;
};

/** Two binaries and two images that share a layer. `layer`: bytes of the other layer of the second image. */
export function small({layer = randomBytes(900)}: {layer?: Buffer} = {}): Small {
	const blobs = new Map<string, Buffer>();
	const keep = (bytes: Buffer) => {
		const digest = `sha256:${sha256(bytes)}`;
		blobs.set(digest, bytes);
		return digest;
	};
	const described = (digest: string, mediaType: string) => ({mediaType, digest, size: blobs.get(digest)!.length});
	const base = keep(Buffer.from('the layer that both share'));
	const image = (ref: string, layers: string[]): Extract<BundledArtifact, {kind: 'image'}> => {
		const config = keep(Buffer.from(JSON.stringify({os: 'linux', architecture: 'amd64', rootfs: {diff_ids: layers}, ref})));
		const mediaType = 'application/vnd.oci.image.manifest.v1+json';
		const manifest = {
			schemaVersion: 2,
			mediaType,
			config: described(config, 'application/vnd.oci.image.config.v1+json'),
			layers: layers.map((digest) => described(digest, 'application/vnd.oci.image.layer.v1.tar')),
		};
		return {
			kind: 'image',
			ref,
			platform: 'linux/amd64',
			mediaType,
			manifest: keep(Buffer.from(JSON.stringify(manifest))),
			config,
			layers,
		};
	};
	const artifacts: BundledArtifact[] = [
		{kind: 'binary', key: 'kubelet/v1.37.1/amd64', digest: keep(Buffer.from('the kubelet, which never changes'))},
		{kind: 'binary', key: 'runc/v1.5.2/amd64', digest: keep(Buffer.from('runc, whose bytes fill no block'))},
		image('registry.k8s.io/pause:3.10.2', [base]),
		image('registry.k8s.io/kube-proxy:v1.37.1', [base, keep(layer)]),
	];
	const sizes = Object.fromEntries(
		artifacts.flatMap((artifact) => blobsOf(artifact).map((digest) => [digest, blobs.get(digest)!.length])),
	);
	const contents: Contents = {
		format: 1,
		madeBy: 'kubestrap 0.1.0',
		kubernetesVersion: 'v1.37.1',
		platforms: ['linux/amd64'],
		artifacts,
		blobs: sizes,
		absent: [],
	};
	return {contents, lock: lockFor(contents), blobs};
}

function lockFor({artifacts, blobs}: Contents): Lock {
	const binaries: Record<string, Lock['binaries'][string]> = {};
	const images: Record<string, Lock['images'][string]> = {};
	for (const artifact of artifacts) {
		if (artifact.kind === 'image') {
			const {ref, platform, manifest, config, layers} = artifact;
			images[ref] = {platform, digest: manifest, config, diffIDs: layers, from: [ref]};
		} else {
			const sha = artifact.digest.replace('sha256:', '');
			binaries[artifact.key] = {sha256: sha, size: blobs[artifact.digest]!, from: [`release/${artifact.key}`]};
		}
	}
	return {binaries, images, madeBy: 'a test', madeAt: '2026-11-21T06:00:00.123Z'};
}

/** Writes it into a folder of its own; gives the path. */
export async function written({contents, lock, blobs}: Small, name = 'bundle.tar'): Promise<string> {
	const file = join(testFolder(), name);
	await writeBundle(file, {
		contents,
		lock,
		open: async function* (digest) {
			yield blobs.get(digest)!;
		},
	});
	return file;
}
