/** A file on its way into the cache: what came so far, its digest, and the name that it gets only when it is right. */
import {createHash, type Hash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {type FileHandle, open, readdir, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {kill, pid} from 'node:process';

export type Part = {
	readonly size: number;
	append(chunk: Uint8Array): Promise<void>;
	/** Begins anew: what came was not what we wanted. */
	restart(): Promise<void>;
	/** Hex sha256 of everything so far. */
	digest(): string;
	/** Syncs and renames to the final name. */
	finish(): Promise<void>;
	/** Closes; keeps the bytes for the next attempt when asked to. */
	leave(keep: boolean): Promise<void>;
};

/** What a file is called while this process writes it. */
export const partOf = (final: string): string => `${final}.part-${pid}`;

/** Opens `FINAL.part-PID`, taking over what a process that is gone had already fetched. */
export async function openPart(final: string): Promise<Part> {
	const path = partOf(final);
	await inherit(final, path);
	const file: FileHandle = await open(path, 'a+', 0o600);
	let hash: Hash = createHash('sha256');
	let size = 0;
	for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
		hash.update(chunk);
		size += chunk.length;
	}
	return {
		get size() {
			return size;
		},
		append: async (chunk) => {
			await file.appendFile(chunk);
			hash.update(chunk);
			size += chunk.length;
		},
		restart: async () => {
			await file.truncate(0);
			hash = createHash('sha256');
			size = 0;
		},
		digest: () => hash.copy().digest('hex'),
		finish: async () => {
			await file.sync();
			// Its owner may be alive where we cannot see it, in a container or on another machine that shares the folder, and write on.
			const {size: seen} = await file.stat();
			if (seen !== size) throw new Error(`somebody else writes to ${path} too: it has ${seen} bytes where we wrote ${size}`);
			await file.close();
			await rename(path, final);
		},
		leave: async (keep) => {
			await file.close();
			if (!keep) await rm(path, {force: true});
		},
	};
}

/** Renames the leftover of a dead process to ours; others of its kind are removed. */
async function inherit(final: string, path: string): Promise<void> {
	const prefix = `${basename(final)}.part-`;
	const folder = dirname(final);
	for (const name of await readdir(folder)) {
		if (!name.startsWith(prefix) || alive(Number(name.slice(prefix.length)))) continue;
		// Another process may do the same at the same time: whoever renames first has it.
		await rename(join(folder, name), path).catch(() => {});
	}
}

function alive(process: number): boolean {
	try {
		kill(process, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
