/** Goes through a tar of an image layout once, and compares every blob with its name, before anything is used. */
import {createHash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';
import {block, padding} from '../bundle/ustar.ts';
import {LayoutError, otherForm, readHeader} from './members.ts';

export type Scanned = {
	/** Where the bytes of each blob are, by digest. */
	readonly blobs: ReadonlyMap<string, {readonly file: string; readonly offset: number; readonly size: number}>;
	/** The texts of the layout, by name. */
	readonly texts: ReadonlyMap<string, Buffer>;
};

export type ScanOptions = {
	readonly signal?: AbortSignal | undefined;
	readonly onBytes?: ((done: number) => void) | undefined;
};

export const mostMembers = 100_000;
export const mostText = 4 << 20;
const piece = 1 << 20;

/** Throws LayoutError with what is wrong, or the signal's reason. */
export async function scan(path: string, file: FileHandle, {signal, onBytes}: ScanOptions): Promise<Scanned> {
	const {size: whole} = await file.stat();
	const blobs = new Map<string, {file: string; offset: number; size: number}>();
	const texts = new Map<string, Buffer>();
	const seen = new Set<string>();
	let at = 0;
	const read = async (length: number): Promise<Buffer> => {
		signal?.throwIfAborted();
		const {bytesRead, buffer} = await file.read(Buffer.allocUnsafe(length), 0, length, at);
		if (bytesRead < length) throw new LayoutError(`it is cut: it ends after ${whole} bytes`);
		at += length;
		return buffer;
	};
	for (;;) {
		const head = await read(block);
		const other = at === block ? otherForm(head) : undefined;
		if (other !== undefined) throw new LayoutError(other);
		const {name, size, kind} = readHeader(head);
		if (kind === 'end') break;
		if (kind === 'folder') continue;
		if (seen.has(name)) throw new LayoutError(`it holds ${name} twice`);
		if (seen.add(name).size > mostMembers) throw new LayoutError(`it holds more than ${mostMembers} files`);
		if (at + size > whole) throw new LayoutError(`it is cut: ${name} should have ${size} bytes`);
		if (kind === 'text') {
			if (size > mostText) throw new LayoutError(`${name} in it has ${size} bytes`);
			texts.set(name, await read(size));
		} else if (kind === 'blob') {
			const digest = `sha256:${name.slice(-64)}`;
			blobs.set(digest, {file: path, offset: at, size});
			const hash = createHash('sha256');
			for (let left = size; left > 0; left -= Math.min(left, piece)) {
				hash.update(await read(Math.min(left, piece)));
				onBytes?.(at);
			}
			const is = hash.digest('hex');
			if (`sha256:${is}` !== digest) throw new LayoutError(`${name} in it has the sha256 ${is}`);
		} else at += size;
		at += padding(size);
	}
	for (const name of ['oci-layout', 'index.json']) if (!texts.has(name)) throw new LayoutError(`it holds no ${name}`);
	return {blobs, texts};
}
