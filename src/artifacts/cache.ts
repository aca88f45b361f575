/** The operator's cache of artifacts: a file per sha256, in it only when it is right. Can be deleted at any time. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, rm, stat} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {env} from 'node:process';
import {pipeline} from 'node:stream/promises';
import {Interrupted, KubestrapError, StepError} from '../errors.ts';
import type {LockedBinary, Mirror} from '../model.ts';
import {blameUpstream, type Miss, remedies} from './blame.ts';
import {type DownloadOptions, download} from './download.ts';
import {binaryUrls} from './mirror.ts';
import {openPart} from './part.ts';
import {type defaultSilence, openWire, WireError} from './wire.ts';

export type CacheOptions = DownloadOptions & {
	/** Default: `$XDG_CACHE_HOME/kubestrap/artifacts`, or below `~/.cache`. */
	readonly folder?: string;
	readonly silence?: typeof defaultSilence;
};

/** What this process has found right already, or is fetching: by path, so that nobody reads or fetches twice. */
const known = new Map<string, Promise<void>>();

/**
 * The path of a locked file on this machine, fetched from the mirror when it is not in the cache yet. Its bytes were compared with
 * size and sha256 of the lock in this process. Calls at the same time share one download; processes do not disturb each other.
 * Throws StepError that names every address and what it did wrong, or Interrupted.
 */
export async function openArtifact(
	key: string,
	locked: LockedBinary,
	mirror: Mirror,
	options: CacheOptions = {},
): Promise<{path: string}> {
	const folder = options.folder ?? join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubestrap', 'artifacts');
	const path = join(folder, locked.sha256);
	const work = known.get(path) ?? settle(key, locked, mirror, folder, path, options);
	known.set(path, work);
	try {
		await work;
	} catch (error) {
		known.delete(path);
		if (options.signal?.aborted)
			throw options.signal.reason instanceof KubestrapError ? options.signal.reason : new Interrupted();
		throw error;
	}
	return {path};
}

async function settle(
	key: string,
	locked: LockedBinary,
	mirror: Mirror,
	folder: string,
	path: string,
	options: CacheOptions,
): Promise<void> {
	try {
		await mkdir(folder, {recursive: true, mode: 0o700});
		if (await isRight(path, locked)) return;
		await rm(path, {force: true});
		await fetchTo(key, locked, mirror, path, options);
	} catch (error) {
		if (error instanceof KubestrapError || options.signal?.aborted) throw error;
		const {message} = error as Error;
		if (error instanceof WireError) throw failed(key, [], message);
		throw new StepError(`${key} cannot be kept in ${folder}: ${message}`, {
			hint: 'is the disk full, or not yours to write to?',
			cause: error,
		});
	}
}

/** Whether a file has these bytes; one that cannot be looked at has not. */
export async function isRight(path: string, {size, sha256}: Pick<LockedBinary, 'size' | 'sha256'>): Promise<boolean> {
	const seen = await stat(path).catch(() => undefined);
	if (!seen?.isFile() || seen.size !== size) return false;
	const hash = createHash('sha256');
	await pipeline(createReadStream(path, {highWaterMark: 1 << 20}), hash);
	return hash.digest('hex') === sha256;
}

async function fetchTo(key: string, locked: LockedBinary, mirror: Mirror, path: string, options: CacheOptions): Promise<void> {
	const urls = binaryUrls(locked, mirror);
	if (urls.length === 0) throw failed(key, [], 'the lock names no place that this mirror has');
	const wire = openWire(mirror, options.silence);
	try {
		const part = await openPart(path);
		let done = false;
		try {
			const misses = await download(locked, urls, part, wire, options);
			const known = mirror.binaries === undefined ? misses?.map(blameUpstream) : misses;
			if (known !== undefined) throw failed(key, known, 'no address gave the file that the lock wants');
			await part.finish();
			done = true;
		} finally {
			if (!done) await part.leave(part.size > 0);
		}
	} finally {
		await wire.close();
	}
}

function failed(key: string, misses: readonly Miss[], what: string): StepError {
	const lines = misses.map(({url, why}) => `\n  ${url}: ${why}`);
	const blamed = misses.length === 0 ? (['other'] as const) : [...new Set(misses.map(({blame}) => blame))];
	const hint = blamed.map((blame) => remedies[blame]).join('\n');
	return new StepError(`${key}: ${what}${lines.join('')}`, {hint});
}
