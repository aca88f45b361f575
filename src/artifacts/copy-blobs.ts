/** Blobs on their way to a target: each over the line once, from there on mounted where another repository wants it too. */
import {bySize} from './queue.ts';
import type {Descriptor} from './registry/manifest.ts';
import {type ImageSource, type ImageTarget, imageName} from './registry/source.ts';

export type BlobCounts = {
	/** Blobs whose bytes went over the line, that were mounted from another repository of the target, and that were there. */
	readonly moved: number;
	readonly mounted: number;
	readonly present: number;
	/** Bytes that went over the line for them. */
	readonly bytes: number;
};

type Route = {readonly from: string; readonly to: string};

export type Carrier = {
	readonly counts: BlobCounts;
	/** Whether the repository of `to` has a blob. What was looked for everywhere is mounted where it can be, not moved again. */
	look(to: string, blob: Descriptor): Promise<boolean>;
	/** Brings a blob into the repository of `to`; whoever wants the same waits for the same work. Rejects with RegistryError. */
	carry(route: Route, blob: Descriptor, onBytes: (bytes: number) => void): Promise<void>;
	/** The target has it, as is known from elsewhere. */
	known(to: string, blob: Descriptor): void;
};

export function openCarrier({source, target, atOnce}: {source: ImageSource; target: ImageTarget; atOnce: number}): Carrier {
	const counts = {moved: 0, mounted: 0, present: 0, bytes: 0};
	const queue = bySize(atOnce);
	/** By repository and digest: the work, whoever began it. */
	const here = new Map<string, Promise<void>>();
	/** By digest: a reference of the target whose repository has it, or will. */
	const somewhere = new Map<string, Promise<string>>();
	const keyOf = (to: string, {digest}: Descriptor) => `${imageName(to).repository} ${digest}`;

	const known = (to: string, blob: Descriptor) => {
		const key = keyOf(to, blob);
		if (here.has(key)) return;
		here.set(key, Promise.resolve());
		somewhere.set(blob.digest, Promise.resolve(to));
		counts.present += 1;
	};
	const bring = async ({from, to}: Route, blob: Descriptor, onBytes: (bytes: number) => void, mountFrom?: string) => {
		const tell = (bytes: number) => {
			counts.bytes += bytes;
			onBytes(bytes);
		};
		const options = {mountFrom, onBytes: tell};
		counts[await queue(blob.size, () => target.putBlob(to, blob, () => source.blob(from, blob), options))] += 1;
	};
	const work = async (route: Route, blob: Descriptor, onBytes: (bytes: number) => void): Promise<void> => {
		const other = somewhere.get(blob.digest);
		if (other === undefined) {
			const bringing = bring(route, blob, onBytes);
			const place = bringing.then(() => route.to);
			somewhere.set(blob.digest, place);
			place.catch(() => somewhere.delete(blob.digest));
			return bringing;
		}
		const there = await other.catch(() => undefined);
		return there === undefined ? work(route, blob, onBytes) : bring(route, blob, onBytes, there);
	};
	return {
		counts,
		known,
		look: async (to, blob) => {
			if (here.has(keyOf(to, blob))) return true;
			const there = await target.hasBlob(to, blob);
			if (there) known(to, blob);
			return there;
		},
		carry: async (route, blob, onBytes) => {
			const key = keyOf(route.to, blob);
			const mine = here.get(key) ?? work(route, blob, onBytes);
			here.set(key, mine);
			try {
				await mine;
			} catch (error) {
				here.delete(key);
				throw error;
			}
		},
	};
}
