/** A bundle on its way through the corridor: what planning knows of it, where its bytes are, and what it must have. */
import {missingFromBundle, needsOf} from '../artifacts/bundle/needs.ts';
import {imagesOf, type Whole} from '../artifacts/bundle/together.ts';
import {ConfigError} from '../errors.ts';
import type {Cluster, Site, Supplies} from '../model.ts';
import type {Artifacts} from '../run/send.ts';

export function suppliesOf({contents}: Whole): Supplies {
	return {
		images: Object.fromEntries(imagesOf(contents).map((image) => [`${image.ref} ${image.platform}`, image])),
		sizes: contents.blobs,
	};
}

/** Of all that it promises. */
export const bytesOf = ({contents}: Whole): number => Object.values(contents.blobs).reduce((sum, size) => sum + size, 0);

/** Artifacts are parts of the bundle's file; nothing is unpacked on this side. */
export function fromBundle({place}: Whole): Artifacts {
	return async (key, sha256) => {
		const found = place(`sha256:${sha256}`);
		if (found) return {path: found.path, start: found.start};
		throw new ConfigError([{message: `the bundle has no ${key} with sha256 ${sha256}`, hint: 'make one from this config'}]);
	};
}

/** Before anything is changed: everything that these machines need is in the bundle. Throws ConfigError with all that is not. */
export function obeyBundle(cluster: Cluster, {contents}: Whole, sites: readonly Site[]): void {
	const platforms = [...new Set(sites.map(({facts}) => `linux/${facts.arch}`))];
	const problems = platforms.flatMap((platform) => {
		const nodes = sites.filter(({facts}) => `linux/${facts.arch}` === platform).map(({spec}) => spec);
		return missingFromBundle(contents, needsOf({...cluster, nodes}, [platform]));
	});
	const others = platforms.filter((platform) => !contents.platforms.includes(platform));
	const foreign = others.map((platform) => ({
		message: `the bundle is for ${contents.platforms.join(', ')}; there is a machine that is ${platform}`,
		hint: `kubestrap bundle create --platform ${platforms.join(',')}`,
	}));
	if (foreign.length + problems.length > 0) throw new ConfigError([...foreign, ...problems]);
}
