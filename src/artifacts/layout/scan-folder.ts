/** Goes through an image layout that is a folder, and compares every blob with its name. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {lstat, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {LayoutError} from './members.ts';
import {mostMembers, mostText, type Scanned, type ScanOptions} from './scan.ts';

/** Throws LayoutError with what is wrong, or the signal's reason. Links are not followed. */
export async function scanFolder(folder: string, {signal, onBytes}: ScanOptions): Promise<Scanned> {
	const texts = new Map<string, Buffer>();
	for (const name of ['oci-layout', 'index.json']) {
		const size = await sizeOf(folder, name);
		if (size > mostText) throw new LayoutError(`${name} in it has ${size} bytes`);
		texts.set(name, await readFile(join(folder, name)));
	}
	const names = await readdir(join(folder, 'blobs/sha256')).catch(() => []);
	if (names.length > mostMembers) throw new LayoutError(`it holds more than ${mostMembers} files`);
	const blobs = new Map<string, {file: string; offset: number; size: number}>();
	let done = 0;
	for (const name of names) {
		const inside = `blobs/sha256/${name}`;
		if (!/^[0-9a-f]{64}$/.test(name))
			throw new LayoutError(`it holds ${JSON.stringify(inside.slice(0, 120))}, which no image layout has`);
		const size = await sizeOf(folder, inside);
		const hash = createHash('sha256');
		const file = join(folder, inside);
		await pipeline(createReadStream(file, {highWaterMark: 1 << 20}), hash, signal ? {signal} : {});
		const is = hash.digest('hex');
		if (is !== name) throw new LayoutError(`${inside} in it has the sha256 ${is}`);
		blobs.set(`sha256:${name}`, {file, offset: 0, size});
		done += size;
		onBytes?.(done);
	}
	return {blobs, texts};
}

async function sizeOf(folder: string, name: string): Promise<number> {
	const seen = await lstat(join(folder, name)).catch(() => undefined);
	if (seen === undefined) throw new LayoutError(`it holds no ${name}`);
	if (!seen.isFile()) throw new LayoutError(`${name} in it is no plain file`);
	return seen.size;
}
