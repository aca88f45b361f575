/** What of a lock a cluster needs, for some platforms. Knowledge only. */
import type {Problem} from '../../errors.ts';
import type {Cluster, Lock, LockedImage} from '../../model.ts';
import {imagesOf} from '../../phases/images.ts';
import {type Arch, artifactsFor} from '../../versions.ts';
import {lockFor, missingFromLock} from '../lock.ts';
import {type Contents, keyOf} from './contents.ts';

export type Needs = {
	/** Keys of the lock. */
	readonly binaries: readonly string[];
	/** References, each with the platform that it is needed for. */
	readonly images: readonly {readonly ref: string; readonly platform: string}[];
};

const archOf = (platform: string) => platform.replace('linux/', '') as Arch;

/** Everything that the nodes of a cluster get, on machines of these platforms (`linux/amd64`). */
export function needsOf(cluster: Cluster, platforms: readonly string[]): Needs {
	const roles = [...new Set(cluster.nodes.map(({role}) => role))];
	const refs = [...new Set(roles.flatMap((role) => imagesOf(cluster, role)))].sort();
	return {
		binaries: [...new Set(platforms.flatMap((platform) => artifactsFor(cluster, archOf(platform))))].sort(),
		images: platforms.flatMap((platform) => refs.map((ref) => ({ref, platform}))),
	};
}

/** What stands against a bundle from this lock: what the lock lacks. */
export function unmet(lock: Lock, {binaries, images}: Needs, file?: string): Problem[] {
	const byPlatform = Map.groupBy(images, ({platform}) => platform);
	return [
		...missingFromLock(lock, {binaries, images: []}, file),
		...[...byPlatform].flatMap(([platform, some]) =>
			missingFromLock(lock, {binaries: [], images: some.map(({ref}) => ref), arch: archOf(platform)}, file),
		),
	];
}

/** What a lock says of an image for a platform. */
export function lockedImage(lock: Lock, {ref, platform}: Needs['images'][number]): LockedImage {
	return lockFor(lock, archOf(platform)).images[ref]!;
}

/** The lock with nothing in it but what is needed. */
export function lockOf({binaries, images, madeBy, madeAt}: Lock, needs: Needs): Lock {
	const some = <T>(map: Readonly<Record<string, T>>, keys: readonly string[]) =>
		Object.fromEntries(keys.map((key) => [key, map[key]!]));
	const refs = needs.images.map(({ref}) => ref);
	return {binaries: some(binaries, needs.binaries), images: some(images, refs), madeBy, madeAt};
}

/** What a cluster needs and a bundle does not have, each with what it has instead. */
export function missingFromBundle({artifacts, kubernetesVersion, platforms}: Contents, needs: Needs): Problem[] {
	const has = new Set(artifacts.map(keyOf));
	const wanted = [
		...needs.binaries.map((key) => `binary ${key}`),
		...needs.images.map(({ref, platform}) => `image ${ref} ${platform}`),
	];
	const hint = `it was made for Kubernetes ${kubernetesVersion} on ${platforms.join(', ')}: make one from this config with \`kubestrap bundle create\``;
	return wanted.filter((name) => !has.has(name)).map((name) => ({message: `the bundle has no ${name}`, hint}));
}
