import {mkdir, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {env} from 'node:process';
import {StepError} from '../../errors.ts';
import {isRight} from '../cache.ts';
import {openPart} from '../part.ts';

/** `$XDG_CACHE_HOME/kubestrap/artifacts`, or below `~/.cache`. */
export function cacheFolder(): string {
	return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubestrap', 'artifacts');
}

export type Kept = {readonly digest: string; readonly size: number};

/**
 * The path of a blob in the cache, filled from `bytes` when it is not there yet; what is wrong in the cache is dropped. Throws what the source
 * throws, and StepError when it gives other bytes.
 */
export async function keep(
	{digest, size}: Kept,
	bytes: () => AsyncIterable<Uint8Array>,
	folder = cacheFolder(),
): Promise<string> {
	const hex = digest.replace('sha256:', '');
	const path = join(folder, hex);
	await mkdir(folder, {recursive: true, mode: 0o700});
	if (await isRight(path, {size, sha256: hex})) return path;
	await rm(path, {force: true});
	const part = await openPart(path);
	let done = false;
	try {
		// A blob comes whole or not at all: what a broken transfer left of one is small against a bundle.
		await part.restart();
		for await (const chunk of bytes()) {
			if (part.size + chunk.length > size) break;
			await part.append(chunk);
		}
		const seen = part.digest();
		if (part.size !== size || seen !== hex) throw new StepError(`${digest} came as ${part.size} bytes with sha256 ${seen}`);
		await part.finish();
		done = true;
	} finally {
		if (!done) await part.leave(false);
	}
	return path;
}
