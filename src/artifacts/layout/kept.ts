/** Images on this machine: their pieces in the cache of artifacts, by digest. What is there needs not come again. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, rm, stat} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {env} from 'node:process';
import {StepError} from '../../errors.ts';
import {openPart} from '../part.ts';
import {RegistryError} from '../registry/failure.ts';
import {follow} from '../registry/follow.ts';
import type {Descriptor, Manifest} from '../registry/manifest.ts';
import {type ImageSource, type ImageTarget, imageName} from '../registry/source.ts';

/** `$XDG_CACHE_HOME/kubestrap/artifacts`, or below `~/.cache`. */
export function cacheFolder(): string {
	return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubestrap', 'artifacts');
}

/**
 * A place for images that is written and read. Blobs are files, which another run finds again; references and manifests are known as long as
 * this process lives. `where` names it in messages.
 */
export function openKept(where: string, folder = cacheFolder()): ImageSource & ImageTarget {
	const tops = new Map<string, string>();
	const manifests = new Map<string, Manifest>();
	const pathOf = ({digest}: Pick<Descriptor, 'digest'>) => join(folder, digest.replace('sha256:', ''));
	const byDigest = async (ref: string, digest: string | undefined): Promise<Manifest> => {
		const manifest = manifests.get(digest ?? '');
		if (manifest === undefined) throw new RegistryError('absent', {where, ref}, 'was not kept');
		return manifest;
	};
	const unwritable = (error: unknown): never => {
		const {syscall, message} = error as NodeJS.ErrnoException;
		if (syscall === undefined || error instanceof StepError) throw error;
		throw new StepError(`${folder} cannot be written: ${message}`, {
			hint: 'is the disk full, or not yours to write to?',
			cause: error,
		});
	};
	return {
		where,
		has: async () => undefined,
		hasBlob: async (_, blob) => {
			const seen = await stat(pathOf(blob)).catch(() => undefined);
			return seen?.isFile() === true && seen.size === blob.size;
		},
		putBlob: async (_, blob, open, {mountFrom, onBytes} = {}) => {
			// There is one folder for all images.
			if (mountFrom !== undefined) return 'mounted';
			await mkdir(folder, {recursive: true, mode: 0o700}).catch(unwritable);
			const part = await openPart(pathOf(blob)).catch(unwritable);
			let done = false;
			try {
				await part.restart();
				for await (const chunk of open()) {
					await part.append(chunk);
					onBytes?.(chunk.length);
				}
				if (part.digest() !== blob.digest.replace('sha256:', '')) throw new StepError(`${blob.digest} came as something else`);
				await part.finish();
				done = true;
			} catch (error) {
				unwritable(error);
			} finally {
				if (!done) await part.leave(false);
			}
			return 'moved';
		},
		putManifest: async (ref, manifest) => {
			manifests.set(manifest.digest, manifest);
			tops.set(ref, manifest.digest);
		},
		manifest: async (ref, {platform} = {}) => {
			const first = await byDigest(ref, imageName(ref).digest ?? tops.get(ref));
			return platform === undefined ? first : follow(first, platform, {where, ref}, (digest) => byDigest(ref, digest));
		},
		blob: (_, blob) => checked(pathOf(blob), blob),
	};
}

/** A file's bytes, which must be those of the blob. Throws StepError instead of ending, and the file is dropped then. */
async function* checked(path: string, {digest}: Descriptor): AsyncGenerator<Buffer> {
	const hash = createHash('sha256');
	for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20}) as AsyncIterable<Buffer>) {
		hash.update(chunk);
		yield chunk;
	}
	if (`sha256:${hash.digest('hex')}` === digest) return;
	await rm(path, {force: true});
	throw new StepError(`${path} in the cache was not ${digest} any more`, {hint: 'it is gone now: run the same command again'});
}
