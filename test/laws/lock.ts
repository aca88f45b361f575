import type {Lock, Scope} from '../../src/model.ts';
import {imagesOf} from '../../src/phases/images.ts';
import {artifactsFor} from '../../src/versions.ts';

/** A lock that has all that the cluster needs; what the digests are is of no matter here. */
export function wholeLock({cluster, site}: Scope): Lock {
	const binary = {sha256: '0'.repeat(64), size: 1, from: ['release/x']};
	const image = {
		platform: 'linux/amd64',
		digest: `sha256:${'1'.repeat(64)}`,
		config: `sha256:${'2'.repeat(64)}`,
		diffIDs: [],
		from: [],
	};
	return {
		binaries: Object.fromEntries(artifactsFor(cluster, site.facts.arch).map((key) => [key, binary])),
		images: Object.fromEntries(imagesOf(cluster, 'control-plane').map((ref) => [ref, image])),
		madeBy: 'a test',
		madeAt: '2026-01-01T00:00:00Z',
	};
}
