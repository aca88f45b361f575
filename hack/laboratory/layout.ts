/** Makes images by hand: deterministic tar layers and an OCI layout around them. */
import {createHash} from 'node:crypto';
import {copyFileSync, createReadStream, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {run} from './command.ts';

export type Digested = {readonly sha256: string; readonly size: number};
export type Layer = Digested & {readonly file: string};
export type MadeImage = {readonly digest: string; readonly config: string; readonly diffIDs: readonly string[]};

export async function digestOf(file: string): Promise<Digested> {
	const hash = createHash('sha256');
	for await (const chunk of createReadStream(file, {highWaterMark: 1 << 20})) hash.update(chunk);
	return {sha256: hash.digest('hex'), size: statSync(file).size};
}

/** A link when both lie on one file system, else a copy. */
export function link(from: string, to: string): void {
	mkdirSync(dirname(to), {recursive: true});
	try {
		linkSync(from, to);
	} catch {
		copyFileSync(from, to);
	}
}

/** The same tree gives the same bytes: sorted, no times, root's. */
export const plainTar = ['tar', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];

/** One layer from a folder. Not compressed: between namespaces of one machine, unpacking would cost more than sending. */
export async function layerOf(tree: string, into: string): Promise<Layer> {
	mkdirSync(into, {recursive: true});
	const part = join(into, 'layer.part');
	await run([...plainTar, '-C', tree, '-cf', part, '.']);
	const digest = await digestOf(part);
	const file = join(into, digest.sha256);
	renameSync(part, file);
	return {...digest, file};
}

type Config = {readonly Env: readonly string[]; readonly Entrypoint?: readonly string[]; readonly Cmd?: readonly string[]};

const media = 'application/vnd.oci.image';

/** Writes an OCI layout with one image under the reference `it`. */
export function writeLayout(folder: string, config: Config, layers: readonly Layer[]): MadeImage {
	rmSync(folder, {recursive: true, force: true});
	const blobs = join(folder, 'blobs/sha256');
	mkdirSync(blobs, {recursive: true});
	const blob = (value: unknown, mediaType: string) => {
		const text = JSON.stringify(value);
		const sha256 = createHash('sha256').update(text).digest('hex');
		writeFileSync(join(blobs, sha256), text);
		return {mediaType, digest: `sha256:${sha256}`, size: Buffer.byteLength(text)};
	};
	const diffIDs = layers.map(({sha256}) => `sha256:${sha256}`);
	for (const {file, sha256} of layers) link(file, join(blobs, sha256));
	const about = {architecture: 'amd64', os: 'linux', created: '1970-01-01T00:00:00Z'};
	const configBlob = blob({...about, config, rootfs: {type: 'layers', diff_ids: diffIDs}}, `${media}.config.v1+json`);
	const manifest = blob(
		{
			schemaVersion: 2,
			mediaType: `${media}.manifest.v1+json`,
			config: configBlob,
			layers: layers.map(({sha256, size}) => ({mediaType: `${media}.layer.v1.tar`, digest: `sha256:${sha256}`, size})),
		},
		`${media}.manifest.v1+json`,
	);
	writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
	const named = {...manifest, annotations: {'org.opencontainers.image.ref.name': 'it'}};
	writeFileSync(join(folder, 'index.json'), JSON.stringify({schemaVersion: 2, manifests: [named]}));
	return {digest: manifest.digest, config: configBlob.digest, diffIDs};
}
