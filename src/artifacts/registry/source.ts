/** What reading images is, wherever they lie: in registries, or in an image layout. */
import {ConfigError} from '../../errors.ts';
import {type ImageName, parseImage} from '../mirror.ts';
import type {Descriptor, Manifest} from './manifest.ts';

/** Where images are read from: registries, or an image layout. References are full ones, with registry. */
export type ImageSource = {
	/**
	 * The manifest of a reference. Without `platform`, whatever is there: a manifest, or an index. With it (`linux/arm64`), an index is followed
	 * to the manifest of that platform; a manifest that stands alone is given as it is (its config tells its platform: `describe`).
	 */
	manifest(ref: string, options?: {readonly platform?: string | undefined}): Promise<Manifest>;
	/** The bytes of a blob of that reference's repository. Throws instead of ending when they are not what the descriptor says. */
	blob(ref: string, descriptor: Descriptor): AsyncIterable<Buffer>;
};

/** A full reference taken apart, with a tag or a digest. Throws ConfigError. */
export function imageName(ref: string): ImageName {
	const name = parseImage(ref);
	if (name === undefined)
		throw new ConfigError([{message: `${JSON.stringify(ref)} is no image reference`, hint: 'write it as registry/path:tag'}]);
	return name.tag === undefined && name.digest === undefined ? {...name, tag: 'latest'} : name;
}

/** Where images are written to. What a target has must stay there until the copy is done. */
export type ImageTarget = {
	/** Which registry or file it is, for messages and to know its errors by. */
	readonly where: string;
	/** The digest that a reference has there. */
	has(ref: string): Promise<string | undefined>;
	/** Whether the repository of a reference has a blob. */
	hasBlob(ref: string, descriptor: Descriptor): Promise<boolean>;
	/**
	 * Brings a blob into the repository of a reference; with `mountFrom` (a reference there whose repository has it) without its bytes, where
	 * the target can do that. `open` may be called more than once. `onBytes` hears of bytes that were read.
	 */
	putBlob(
		ref: string,
		descriptor: Descriptor,
		open: () => AsyncIterable<Buffer>,
		options?: {readonly mountFrom?: string | undefined; readonly onBytes?: ((bytes: number) => void) | undefined},
	): Promise<'moved' | 'mounted'>;
	/** Lays down the exact bytes of a manifest under the tag or digest of a reference; its blobs and children must be there. */
	putManifest(ref: string, manifest: Manifest): Promise<void>;
};
