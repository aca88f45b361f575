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
