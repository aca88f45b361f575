/** Writes a bundle: the same contents always give the same bytes. */
import {createHash} from 'node:crypto';
import {type FileHandle, open, rename, rm} from 'node:fs/promises';
import {StepError} from '../../errors.ts';
import type {Lock} from '../../model.ts';
import {writeLock} from '../lock.ts';
import {partOf} from '../part.ts';
import {type Contents, contentsText, sortedContents} from './contents.ts';
import {blobPath, blobsHere, idOf, imagesHere, indexText, ociLayout, sha256, sums, sumsText, type TextName} from './layout.ts';
import {spdxText} from './spdx.ts';
import {end, header, padding} from './ustar.ts';

export type Writing = {
	readonly contents: Contents;
	/** What of the lock is in the contents, and nothing else. */
	readonly lock: Lock;
	/** The bytes of a blob, which are compared with its digest as they are written. */
	readonly open: (digest: string) => AsyncIterable<Uint8Array>;
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((progress: {done: number; total: number}) => void) | undefined;
};

/** The members before the blobs. */
export function textsOf(contents: Contents, lock: Lock): readonly (readonly [TextName, string])[] {
	return [
		['bundle.json', contentsText(contents)],
		['oci-layout', ociLayout],
		['index.json', indexText(imagesHere(sortedContents(contents)), contents.blobs)],
		['kubestrap.lock', writeLock(lock)],
		['sbom.spdx.json', spdxText(sortedContents(contents), lock)],
	];
}

/**
 * Writes `FILE.part-PID` and renames it when it is whole and synced; gives its id and size. Throws StepError when a blob is gone or not what its
 * digest says, or the disk is full, or the signal's reason; no half bundle stays.
 */
export async function writeBundle(file: string, writing: Writing): Promise<{id: string; size: number}> {
	const part = partOf(file);
	// Only a new file: whatever has that name belongs to somebody else.
	const handle = await open(part, 'wx', 0o644).catch((error: Error) => {
		throw new StepError(`${file} cannot be written: ${error.message}`, {hint: 'name another place', cause: error});
	});
	try {
		const written = await fill(handle, writing);
		await handle.sync();
		await handle.close();
		await rename(part, file);
		return written;
	} catch (error) {
		await handle.close().catch(() => {});
		await rm(part, {force: true});
		throw 'code' in (error as Error)
			? new StepError(`${file} cannot be written: ${(error as Error).message}`, {hint: 'is the disk full?', cause: error})
			: error;
	}
}

/** A source that fails is no fault of the file that is written. */
async function* bytesOf(digest: string, read: Writing['open']): AsyncIterable<Uint8Array> {
	try {
		yield* read(digest);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
		const hint = 'run the same command again: what is gone from the cache is fetched anew';
		throw new StepError(`${digest} cannot be read from the cache: ${(error as Error).message}`, {hint, cause: error});
	}
}

async function fill(handle: FileHandle, {contents, lock, open: read, signal, onProgress}: Writing) {
	const blobs = blobsHere(contents);
	const total = blobs.reduce((sum, [, size]) => sum + size, 0);
	const digests: [name: string, hex: string][] = [];
	let size = 0;
	let done = 0;
	const put = async (bytes: Uint8Array) => {
		size += bytes.length;
		await handle.appendFile(bytes);
	};
	const member = async (name: string, text: string) => {
		const bytes = Buffer.from(text);
		digests.push([name, sha256(bytes)]);
		await put(Buffer.concat([header(name, bytes.length), bytes, Buffer.alloc(padding(bytes.length))]));
	};
	for (const [name, text] of textsOf(contents, lock)) await member(name, text);
	for (const [digest, wanted] of blobs) {
		await put(header(blobPath(digest), wanted));
		const hash = createHash('sha256');
		let came = 0;
		for await (const chunk of bytesOf(digest, read)) {
			signal?.throwIfAborted();
			hash.update(chunk);
			came += chunk.length;
			done += chunk.length;
			if (came > wanted) break;
			await put(chunk);
			onProgress?.({done, total});
		}
		const hex = hash.digest('hex');
		if (came !== wanted || `sha256:${hex}` !== digest) {
			const hint = 'run the same command again: what is wrong in the cache is dropped';
			throw new StepError(`${digest} is not what was fetched: ${came} bytes with sha256 ${hex}`, {hint});
		}
		digests.push([blobPath(digest), hex]);
		await put(Buffer.alloc(padding(wanted)));
	}
	const list = sumsText(digests);
	await member(sums, list);
	await put(end);
	return {id: idOf(list), size};
}
