/** Reads a tar in the one form that bundles have, from its first byte on. */
import {createHash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';
import {mostText} from './contents.ts';
import {block, fault, glimpse, padding} from './ustar.ts';

export type ReadOptions = {
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((progress: {done: number; total: number}) => void) | undefined;
};

/** Why reading cannot go on. */
export class Broken extends Error {}

/** Reads on, and only on. */
export class Cursor {
	at = 0;
	readonly #handle: FileHandle;
	readonly #size: number;
	readonly #options: ReadOptions;
	#buffer: Buffer = Buffer.alloc(0);

	constructor(handle: FileHandle, size: number, options: ReadOptions) {
		this.#handle = handle;
		this.#size = size;
		this.#options = options;
	}

	/** A small member, whole. */
	async member(name: string): Promise<Buffer> {
		const length = await this.header(name);
		if (length > mostText) throw new Broken(`${name} has ${length} bytes; no bundle needs more than ${mostText}`);
		const bytes = Buffer.from(await this.take(length));
		await this.pad(name, length);
		return bytes;
	}

	/** The size that the header of the next member says, which must be exactly the one that we would write. */
	async header(name: string, size?: number): Promise<number> {
		const head = await this.take(block);
		const problem = fault(head, name, size);
		if (problem !== undefined) throw new Broken(problem);
		return glimpse(head).size;
	}

	async pad(name: string, size: number): Promise<void> {
		const zeros = await this.take(padding(size));
		if (zeros.some((byte) => byte !== 0)) throw new Broken(`what stands after ${name} is not zeros`);
	}

	/** The next bytes, few of them; good until the next call. */
	async take(count: number): Promise<Buffer> {
		if (this.at + count > this.#size) throw new Broken(`the file is cut: it ends after ${this.#size} bytes`);
		while (this.#buffer.length < count) this.#buffer = Buffer.concat([this.#buffer, await this.#more()]);
		const taken = this.#buffer.subarray(0, count);
		this.#buffer = this.#buffer.subarray(count);
		this.at += count;
		return taken;
	}

	/** The sha256 of the next bytes, as many as there may be. */
	async digest(count: number): Promise<string> {
		if (this.at + count > this.#size) throw new Broken(`the file is cut: it ends after ${this.#size} bytes`);
		const hash = createHash('sha256');
		for (let left = count; left > 0; ) {
			if (this.#buffer.length === 0) this.#buffer = await this.#more();
			const piece = this.#buffer.subarray(0, left);
			hash.update(piece);
			this.#buffer = this.#buffer.subarray(piece.length);
			left -= piece.length;
			this.at += piece.length;
			this.#options.onProgress?.({done: this.at, total: this.#size});
		}
		return hash.digest('hex');
	}

	async #more(): Promise<Buffer> {
		this.#options.signal?.throwIfAborted();
		const {bytesRead, buffer} = await this.#handle.read(Buffer.allocUnsafe(1 << 20), 0, 1 << 20);
		if (bytesRead === 0) throw new Broken('the file ended while it was read');
		return buffer.subarray(0, bytesRead);
	}
}
