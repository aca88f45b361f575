/** Reads a bundle whole and believes nothing: every byte of the file is compared with what must stand there, before anything of it is used. */
import {type FileHandle, open} from 'node:fs/promises';
import {Interrupted, KubestrapError} from '../../errors.ts';
import {type Contents, readContents} from './contents.ts';
import {Cursor, type ReadOptions} from './cursor.ts';
import {
	blobPath,
	blobsHere,
	idOf,
	imagesHere,
	indexText,
	ociLayout,
	sha256,
	sums,
	sumsText,
	type TextName,
	texts,
} from './layout.ts';
import {end} from './ustar.ts';

export type Bundle = {
	readonly file: string;
	readonly id: string;
	/** Of the file, in bytes. */
	readonly size: number;
	readonly contents: Contents;
	/** The text of its lock. */
	readonly lock: string;
	/** Where in the file each blob lies that is in it. */
	readonly places: ReadonlyMap<string, {readonly start: number; readonly size: number}>;
};

/**
 * Reads the file from its first byte to its last. Gives the bundle when every byte is right, else all that is wrong with it; after a break in
 * its structure nothing more can be said. Rejects only when it is stopped.
 */
export async function readBundle(file: string, options: ReadOptions = {}): Promise<{bundle?: Bundle; problems: string[]}> {
	const problems: string[] = [];
	let handle: FileHandle | undefined;
	try {
		handle = await open(file, 'r');
		const {size} = await handle.stat();
		const bundle = await walk(new Cursor(handle, size, options), file, size, problems);
		return problems.length === 0 ? {bundle, problems} : {problems};
	} catch (error) {
		if (options.signal?.aborted)
			throw options.signal.reason instanceof KubestrapError ? options.signal.reason : new Interrupted();
		return {problems: [...problems, (error as Error).message]};
	} finally {
		await handle?.close();
	}
}

async function walk(cursor: Cursor, file: string, size: number, problems: string[]): Promise<Bundle> {
	const read = new Map<TextName, string>();
	const digests: [name: string, hex: string][] = [];
	let contents: Contents | undefined;
	for (const name of texts) {
		const bytes = await cursor.member(name);
		digests.push([name, sha256(bytes)]);
		read.set(name, bytes.toString('utf8'));
		if (name === 'bundle.json') contents = readContents(bytes.toString('utf8'));
	}
	const known = contents!;
	const places = new Map<string, {start: number; size: number}>();
	for (const [digest, length] of blobsHere(known)) {
		const name = blobPath(digest);
		await cursor.header(name, length);
		const start = cursor.at;
		const hex = await cursor.digest(length);
		if (`sha256:${hex}` !== digest) problems.push(`${name}: its bytes have sha256 ${hex}`);
		await cursor.pad(name, length);
		digests.push([name, digest.replace('sha256:', '')]);
		places.set(digest, {start, size: length});
	}
	const list = (await cursor.member(sums)).toString('utf8');
	const lines = list.split('\n');
	sumsText(digests)
		.split('\n')
		.forEach((line, index) => {
			if (line !== lines[index]) problems.push(`${sums} does not agree with ${digests[index]?.[0] ?? 'the file'}`);
		});
	if (lines.length !== digests.length + 1) problems.push(`${sums} has ${lines.length - 1} lines for ${digests.length} members`);
	if (!(await cursor.take(end.length)).equals(end)) problems.push('what stands after the last member is not zeros');
	if (cursor.at !== size) problems.push(`${size - cursor.at} bytes stand after its end`);
	if (read.get('oci-layout') !== ociLayout) problems.push('oci-layout is not that of an image layout 1.0.0');
	if (read.get('index.json') !== indexText(imagesHere(known), known.blobs))
		problems.push('index.json does not list the images of bundle.json');
	return {file, id: idOf(list), size, contents: known, lock: read.get('kubestrap.lock')!, places};
}
