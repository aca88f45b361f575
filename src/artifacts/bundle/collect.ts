/** Brings what a bundle is made of into the operator's cache, several at once, and says what it is. */
import {createReadStream} from 'node:fs';
import {KubestrapError, StepError} from '../../errors.ts';
import {slots} from '../../host/slots.ts';
import type {Lock, Mirror, Tell} from '../../model.ts';
import {lockedKey} from '../../packages/wanted.ts';
import {openArtifact} from '../cache.ts';
import {type BundledArtifact, type Contents, keyOf} from './contents.ts';
import {find, type ImageReader, lookInto, type Piece} from './find-image.ts';
import {cacheFolder, keep} from './keep.ts';
import {platformsText, sha256} from './layout.ts';
import {lockedImage, type Needs} from './needs.ts';
import {packageBase} from './package-base.ts';

export type Collecting = {
	readonly lock: Lock;
	readonly needs: Needs;
	readonly mirror: Mirror;
	/** What takes the place of the distribution's own archive (`os.mirror`). */
	readonly osMirror?: string | undefined;
	readonly images: ImageReader;
	/** Blobs that are not fetched: an earlier bundle has them. */
	readonly had: ReadonlySet<string>;
	readonly tell: Tell;
	readonly signal?: AbortSignal | undefined;
	/** For tests; default: the operator's cache. */
	readonly folder?: string;
};

/** Transfers at a time. */
const atOnce = 4;

export type Collected = {
	readonly artifacts: readonly BundledArtifact[];
	readonly blobs: Contents['blobs'];
	readonly open: (digest: string) => AsyncIterable<Uint8Array>;
};

/** Everything that is needed, in the cache and compared with the lock. Throws StepError with every artifact that no place has. */
export async function collect(collecting: Collecting): Promise<Collected> {
	const {lock, needs, had, signal, folder = cacheFolder()} = collecting;
	const places = slots(atOnce);
	const blobs = new Map<string, number>();
	const paths = new Map<string, string>();
	const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
		const give = await places.take(signal);
		try {
			return await work();
		} finally {
			give();
		}
	};
	/** Each blob is fetched once, whoever has it too. */
	const coming = new Map<string, Promise<void>>();
	const fetched = (digest: string, size: number, fetch: () => Promise<string>): Promise<void> => {
		blobs.set(digest, size);
		const work = had.has(digest)
			? Promise.resolve()
			: (coming.get(digest) ?? inTurn(fetch).then((path) => void paths.set(digest, path)));
		coming.set(digest, work);
		return work;
	};
	const packaged = async (one: Needs['packages'][number]): Promise<BundledArtifact> => {
		const key = lockedKey(lock, one, one.arch)!;
		const repository = lock.packages![one.repository]!;
		const {sha256: hex, size, from} = repository.files[key]!;
		const name = `${one.repository}/${key}`;
		const base = packageBase(one.repository, repository, collecting);
		await fetched(`sha256:${hex}`, size, async () => {
			const options = {signal, onProgress: progress(collecting.tell, name), folder};
			const locked = {sha256: hex, size, from: [from]};
			return (await openArtifact(name, locked, {...collecting.mirror, binaries: base}, options)).path;
		});
		return {kind: 'package', key: name, digest: `sha256:${hex}`};
	};
	const open = (digest: string) => createReadStream(paths.get(digest)!, {highWaterMark: 1 << 20});
	const made = (digest: string, bytes: Uint8Array) =>
		fetched(digest, bytes.length, () => keep({digest, size: bytes.length}, () => only(bytes), folder));
	const binary = async (key: string): Promise<BundledArtifact> => {
		const locked = lock.binaries[key]!;
		const digest = `sha256:${locked.sha256}`;
		await fetched(digest, locked.size, async () => {
			const onProgress = progress(collecting.tell, key);
			const options = {signal, onProgress, folder};
			return (await openArtifact(key, locked, collecting.mirror, options)).path;
		});
		return {kind: 'binary', key, digest};
	};
	const image = async (need: Needs['images'][number]): Promise<BundledArtifact> => {
		const {ref} = need;
		const locked = lockedImage(lock, need);
		const found = await inTurn(() => find(ref, locked, collecting));
		const {from, bundled, manifest, pieces} = found;
		const all = pieces.map((piece) =>
			fetched(piece.digest, piece.size, () =>
				keep(piece, () => told(collecting.images.blob(from, piece), piece, ref, collecting.tell), folder),
			),
		);
		// All are waited for: what is still being written must not outlive the run.
		const ends = await Promise.allSettled([...all, made(bundled.manifest, manifest)]);
		const failed = ends.find((end) => end.status === 'rejected');
		if (failed) throw failed.reason;
		await inTurn(() => lookInto(found, locked, {had, open}));
		return {kind: 'image', ...bundled};
	};
	const work = [...needs.binaries.map(binary), ...needs.packages.map(packaged), ...needs.images.map(image)];
	const results = await Promise.allSettled(work);
	signal?.throwIfAborted();
	const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
	if (failures.length > 0) throw together(failures);
	const fulfilled = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
	// A package for all architectures is wanted by each.
	const artifacts = [...new Map(fulfilled.map((artifact) => [keyOf(artifact), artifact])).values()];
	const sizes = Object.fromEntries(blobs);
	const indexes = new Map<string, string>();
	for (const [ref, several] of Map.groupBy(imagesIn(artifacts), (each) => each.ref)) {
		if (several.length === 1) continue;
		const text = Buffer.from(platformsText(several, sizes));
		indexes.set(ref, `sha256:${sha256(text)}`);
		await made(indexes.get(ref)!, text);
	}
	return {
		artifacts: artifacts.map((artifact) => {
			const index = artifact.kind === 'image' ? indexes.get(artifact.ref) : undefined;
			return index === undefined ? artifact : {...artifact, index};
		}),
		blobs: Object.fromEntries(blobs),
		open,
	};
}

const imagesIn = (artifacts: readonly BundledArtifact[]) =>
	artifacts.flatMap((artifact) => (artifact.kind === 'image' ? [artifact] : []));

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes;
}

async function* told(bytes: AsyncIterable<Uint8Array>, {digest, size}: Piece, ref: string, tell: Tell) {
	const say = progress(tell, `${ref} ${digest.slice(0, 19)}`);
	let done = 0;
	for await (const chunk of bytes) {
		yield chunk;
		done += chunk.length;
		say({done, total: size});
	}
}

/** Tells now and then, and at the end. */
export function progress(tell: Tell, step: string): (progress: {done: number; total: number}) => void {
	let last = 0;
	return ({done, total}) => {
		if (performance.now() - last < 500 && done < total) return;
		last = performance.now();
		tell({type: 'progress', step, detail: {done, total, unit: 'bytes'}});
	};
}

function together(failures: readonly unknown[]): unknown {
	const [first] = failures;
	if (failures.length === 1 || failures.some((failure) => !(failure instanceof KubestrapError))) return first;
	const errors = failures as KubestrapError[];
	return new StepError(errors.map(({message}) => message).join('\n'), {hint: errors[0]!.hint, cause: new AggregateError(errors)});
}
