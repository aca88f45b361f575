/** Several bundles as one: a difference and what it is a difference to. */
import {createReadStream} from 'node:fs';
import {open} from 'node:fs/promises';
import {ConfigError, Interrupted} from '../../errors.ts';
import type {BundledImage, Lock} from '../../model.ts';
import {lockFor, readLock} from '../lock.ts';
import {type Contents, nameOf} from './contents.ts';
import type {ReadOptions} from './cursor.ts';
import {type Bundle, readBundle} from './read.ts';

/** Bytes in a file of the operator's machine. */
export type Place = {readonly path: string; readonly start: number; readonly size: number};

/** All that a bundle promises, wherever its parts lie. Every byte was compared with its digest when it was opened. */
export type Whole = {
	/** Of the bundle that is meant, not of those that it builds on. */
	readonly id: string;
	readonly contents: Contents;
	readonly lock: Lock;
	/** Where a blob lies (`sha256:HEX`); undefined for what is no part of it. */
	readonly place: (digest: string) => Place | undefined;
};

/** Reads and compares all of the files; gives the whole, or every problem with the file that has it. Rejects only when it is stopped. */
export async function readTogether(
	files: readonly string[],
	options: ReadOptions = {},
): Promise<{whole?: Whole; problems: {file: string; message: string}[]}> {
	const problems: {file: string; message: string}[] = [];
	const bundles: Bundle[] = [];
	for (const file of files) {
		const {bundle, problems: found} = await readBundle(file, options);
		problems.push(...found.map((message) => ({file, message})));
		if (bundle) bundles.push(bundle);
	}
	if (problems.length > 0) return {problems};
	const named = new Set(bundles.map(({contents}) => contents.since));
	const [meant, other] = bundles.filter(({id}) => !named.has(id));
	if (meant === undefined) return {problems: [{file: files[0] ?? '', message: 'no bundle was given'}]};
	if (other !== undefined) {
		const message = `it is no part of ${meant.file}: neither of the two is a difference to the other`;
		return {problems: [{file: other.file, message}]};
	}
	const places = new Map<string, Place>();
	for (const {file, places: here} of bundles)
		for (const [digest, {start, size}] of here) places.set(digest, {path: file, start, size});
	const lacking = Object.keys(meant.contents.blobs).filter((digest) => !places.has(digest));
	if (lacking.length > 0) problems.push({file: meant.file, message: lack(meant, lacking.length)});
	const place = (digest: string) => places.get(digest);
	const lock = lockOf(meant, problems);
	if (lock) {
		const {differ, unknown} = agreement(meant.contents, lock);
		problems.push(...[...differ, ...unknown].map((message) => ({file: meant.file, message})));
	}
	for (const image of imagesOf(meant.contents)) {
		const at = places.get(image.manifest);
		const message = at && (await wrongManifest(image, at));
		if (message) problems.push({file: meant.file, message});
	}
	if (problems.length > 0 || lock === undefined) return {problems};
	return {whole: {id: meant.id, contents: meant.contents, lock, place}, problems};
}

/** As `readTogether`, for those who need it whole. Throws ConfigError with every problem. */
export async function openTogether(files: readonly string[], options: ReadOptions = {}): Promise<Whole> {
	const {whole, problems} = await readTogether(files, options);
	if (options.signal?.aborted) throw new Interrupted();
	if (whole) return whole;
	const hint = 'nothing of it was used; copy the file anew, and compare it with `kubestrap bundle verify`';
	throw new ConfigError(problems, {hint});
}

export const imagesOf = ({artifacts}: Contents): BundledImage[] =>
	artifacts.flatMap((artifact) => (artifact.kind === 'image' ? [artifact] : []));

function lack({contents}: Bundle, count: number): string {
	const which = contents.since === undefined ? '' : `: give the bundle ${contents.since} too, it is a difference to that one`;
	return `${count} blobs are not in it${which}`;
}

function lockOf({file, lock}: Bundle, problems: {file: string; message: string}[]): Lock | undefined {
	try {
		return readLock(lock, {file: `${file}: kubestrap.lock`});
	} catch (error) {
		problems.push({file, message: (error as Error).message});
		return undefined;
	}
}

/** Where contents and a lock say different things, and what of the contents the lock does not know. Pure. */
export function agreement({artifacts, blobs}: Contents, lock: Lock): {differ: string[]; unknown: string[]} {
	const differ: string[] = [];
	const unknown: string[] = [];
	for (const artifact of artifacts) {
		const name = nameOf(artifact);
		if (artifact.kind === 'image') {
			const {images} = lockFor(lock, artifact.platform.replace('linux/', ''));
			const locked = Object.hasOwn(images, name) ? images[name] : undefined;
			if (locked === undefined) unknown.push(`image ${name}: the lock has none for ${artifact.platform}`);
			else if (locked.config !== artifact.config)
				differ.push(`image ${name}: its config is ${artifact.config}, the lock says ${locked.config}`);
			else if (locked.diffIDs.length !== artifact.layers.length)
				differ.push(`image ${name}: it has other layers than the lock says`);
			continue;
		}
		const locked =
			artifact.kind === 'package' ? packageOf(lock, name) : Object.hasOwn(lock.binaries, name) ? lock.binaries[name] : undefined;
		if (locked === undefined) unknown.push(`${artifact.kind} ${name}: the lock has none`);
		else if (artifact.digest !== `sha256:${locked.sha256}` || blobs[artifact.digest] !== locked.size)
			differ.push(`${artifact.kind} ${name}: it is ${artifact.digest}, the lock says sha256:${locked.sha256}`);
	}
	return {differ, unknown};
}

/** `REPOSITORY/NAME/ARCH` */
function packageOf({packages = {}}: Lock, key: string) {
	const slash = key.indexOf('/');
	return packages[key.slice(0, slash)]?.files[key.slice(slash + 1)];
}

/** A manifest says what its image is made of: the contents must say the same. */
async function wrongManifest(
	{ref, manifest, config, layers}: BundledImage,
	{path, start, size}: Place,
): Promise<string | undefined> {
	const wrong = `image ${ref}: its manifest ${manifest} does not describe what bundle.json says`;
	if (size > 4 << 20) return `image ${ref}: a manifest of ${size} bytes`;
	const handle = await open(path, 'r');
	try {
		const {buffer} = await handle.read(Buffer.alloc(size), 0, size, start);
		const said = JSON.parse(buffer.toString('utf8')) as {config?: {digest?: string}; layers?: {digest?: string}[]};
		const same =
			said.config?.digest === config && JSON.stringify(said.layers?.map(({digest}) => digest)) === JSON.stringify(layers);
		return same ? undefined : wrong;
	} catch {
		return wrong;
	} finally {
		await handle.close();
	}
}

/** The bytes of a place. */
export function readPlace({path, start, size}: Place, from = 0): AsyncIterable<Uint8Array> {
	if (from >= size) return (async function* () {})();
	return createReadStream(path, {start: start + from, end: start + size - 1, highWaterMark: 256 * 1024});
}
