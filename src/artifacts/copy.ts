/** Images from one place to another: several at once, no blob twice, what is there is left alone, so a second run goes on where one was cut. */
import type {LockedImage, Tell} from '../model.ts';
import {type BlobCounts, type Carrier, openCarrier} from './copy-blobs.ts';
import {type Platforms, pinned, type Resolved, resolveImage} from './copy-resolve.ts';
import {RegistryError} from './registry/failure.ts';
import {type ImageSource, type ImageTarget, imageName} from './registry/source.ts';

export type WantedImage = {
	/** What the image is called, whoever has it: its upstream reference. */
	readonly name: string;
	/** Where it may be read, in the order in which to try. */
	readonly from: readonly string[];
	/** Its reference at the target. */
	readonly to: string;
	/** Which of its platforms. */
	readonly platforms: Platforms;
	/** What it must be. */
	readonly locked?: LockedImage | undefined;
};

export type CopyOptions = {
	readonly source: ImageSource;
	readonly target: ImageTarget;
	readonly tell?: Tell | undefined;
	readonly signal?: AbortSignal | undefined;
	/** Blobs on their way at a time. */
	readonly atOnce?: number;
};

/** What became of an image. `from`: the reference that gave it; `digest`: of what has the tag now. */
export type Copied = {
	readonly name: string;
	readonly to: string;
	readonly from: string;
	readonly digest: string;
	/** Digests of all manifests that it is made of. */
	readonly manifests: readonly string[];
	readonly changed: boolean;
};
export type Uncopied = {
	readonly name: string;
	/** What each source did wrong. */
	readonly misses: readonly {readonly ref: string; readonly why: string}[];
	/** The target's own error, which no other source makes better. */
	readonly refused?: RegistryError;
};
export type CopySummary = BlobCounts & {readonly images: readonly Copied[]; readonly failed: readonly Uncopied[]};

type Work = CopyOptions & {
	readonly carrier: Carrier;
	/** Passed by each image once; resolves when all have passed. */
	readonly allSeen: (name: WantedImage) => Promise<void>;
};

const usualAtOnce = 6;

/**
 * Copies images. A place that lacks an image, lies, or has another one than the lock says is passed over for that image; images that no place
 * gives are `failed`, the others are copied all the same. Rejects only with the signal's reason, ConfigError, or an error of ours.
 */
export async function copyImages(images: readonly WantedImage[], options: CopyOptions): Promise<CopySummary> {
	const carrier = openCarrier({...options, atOnce: options.atOnce ?? usualAtOnce});
	const work: Work = {...options, carrier, allSeen: meeting(images)};
	const results = await Promise.all(images.map((image) => copyImage(image, work)));
	const copied = results.filter((one): one is Copied => 'to' in one);
	const failed = results.filter((one): one is Uncopied => 'misses' in one);
	return {...carrier.counts, images: copied, failed};
}

async function copyImage(image: WantedImage, work: Work): Promise<Copied | Uncopied> {
	const {tell, target, signal} = work;
	const began = performance.now();
	const say = (state: 'started' | 'changed' | 'unchanged' | 'failed') => {
		const about = {node: target.where, phase: image.name};
		if (state === 'started') tell?.({type: 'phase', ...about, state});
		else {
			tell?.({type: 'step', ...about, step: `copy ${image.name}`, state});
			tell?.({type: 'phase', ...about, state, ms: Math.round(performance.now() - began)});
		}
	};
	say('started');
	const misses: {ref: string; why: string}[] = [];
	const present = target.has(image.to);
	// Who waits for it hears of its error.
	present.catch(() => {});
	for (const ref of image.from) {
		signal?.throwIfAborted();
		try {
			const resolved = await resolveImage(work.source, ref, image.platforms, {locked: image.locked, present});
			// Nothing moves before it is known what the target has, wherever it has it.
			const there = (await present) === resolved.top.digest;
			await look(image, resolved, there, work);
			await work.allSeen(image);
			if (!there) await place(image, ref, resolved, work);
			say(there ? 'unchanged' : 'changed');
			const {top, children} = resolved;
			const manifests = [top, ...children].map(({digest}) => digest);
			return {name: image.name, to: image.to, from: ref, digest: top.digest, manifests, changed: !there};
		} catch (error) {
			signal?.throwIfAborted();
			if (!(error instanceof RegistryError)) throw error;
			if (error.where === target.where && imageName(ref).registry !== target.where) return lost(error);
			misses.push({ref, why: error.message.startsWith(`${ref}: `) ? error.why : error.message});
		}
	}
	return lost();

	function lost(refused?: RegistryError): Uncopied {
		void work.allSeen(image);
		say('failed');
		return {name: image.name, misses, ...(refused && {refused})};
	}
}

/** What the target has of an image. It takes a manifest only when everything that it names is there. */
async function look({to}: WantedImage, {blobs}: Resolved, there: boolean, {carrier}: Work): Promise<void> {
	if (there) for (const blob of blobs) carrier.known(to, blob);
	else await Promise.all(blobs.map((blob) => carrier.look(to, blob)));
}

async function place({name, to}: WantedImage, from: string, {top, children, blobs}: Resolved, work: Work): Promise<void> {
	const {target, carrier, tell} = work;
	const total = blobs.reduce((sum, {size}) => sum + size, 0);
	let done = 0;
	let told = 0;
	const progress = (bytes: number) => {
		done += bytes;
		if (performance.now() - told < 250 && done < total) return;
		told = performance.now();
		tell?.({type: 'progress', node: target.where, phase: name, detail: {done, total, unit: 'bytes'}});
	};
	const brought = await Promise.allSettled(blobs.map((blob) => carrier.carry({from, to}, blob, progress)));
	const lost = brought.find((one) => one.status === 'rejected');
	if (lost !== undefined) throw lost.reason;
	for (const child of children) await target.putManifest(pinned(to, child.digest), child);
	await target.putManifest(to, top);
}

/** A place where all must have been once before anybody goes on. */
function meeting(all: readonly WantedImage[]): (one: WantedImage) => Promise<void> {
	const missing = new Set(all);
	const {promise, resolve} = Promise.withResolvers<void>();
	return (one) => {
		missing.delete(one);
		if (missing.size === 0) resolve();
		return promise;
	};
}
