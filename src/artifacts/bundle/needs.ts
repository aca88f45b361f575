/** What of a lock a cluster needs, for some platforms. Knowledge only. */
import type {Problem} from '../../errors.ts';
import type {Cluster, Lock, LockedImage} from '../../model.ts';
import {lockedKey, type Wanted, wantedPackages} from '../../packages/wanted.ts';
import {imagesOf} from '../../phases/images.ts';
import {type Arch, artifactsFor} from '../../versions.ts';
import {lockFor, missingFromLock} from '../lock.ts';
import {type Contents, keyOf} from './contents.ts';

export type Needs = {
	/** Keys of the lock. */
	readonly binaries: readonly string[];
	/** References, each with the platform that it is needed for. */
	readonly images: readonly {readonly ref: string; readonly platform: string}[];
	/** Packages, for machines of an architecture (`amd64`). */
	readonly packages: readonly (Wanted & {readonly arch: string})[];
};

const archOf = (platform: string) => platform.replace('linux/', '') as Arch;

/** Everything that the nodes of a cluster get, on machines of these platforms (`linux/amd64`). */
export function needsOf(cluster: Cluster, platforms: readonly string[]): Needs {
	const roles = [...new Set(cluster.nodes.map(({role}) => role))];
	const refs = [...new Set(roles.flatMap((role) => imagesOf(cluster, role)))].sort();
	return {
		binaries: [...new Set(platforms.flatMap((platform) => artifactsFor(cluster, archOf(platform))))].sort(),
		images: platforms.flatMap((platform) => refs.map((ref) => ({ref, platform}))),
		packages: platforms.flatMap((platform) => wantedPackages(cluster).map((one) => ({...one, arch: archOf(platform)}))),
	};
}

/** What stands against a bundle from this lock: what the lock lacks. */
export function unmet(lock: Lock, {binaries, images, packages}: Needs, file?: string): Problem[] {
	const byPlatform = Map.groupBy(images, ({platform}) => platform);
	return [
		...missingFromLock(lock, {binaries, images: []}, file),
		...[...byPlatform].flatMap(([platform, some]) =>
			missingFromLock(lock, {binaries: [], images: some.map(({ref}) => ref), arch: archOf(platform)}, file),
		),
		...packages
			.filter((one) => lockedKey(lock, one, one.arch) === undefined)
			.map(({repository, name, arch}) => ({
				...(file === undefined ? {} : {file}),
				message: `the lock has no package ${name} (${repository}, ${arch})`,
				hint: '`kubestrap images lock` makes a lock that has it',
			})),
	];
}

/** What a lock says of an image for a platform. */
export function lockedImage(lock: Lock, {ref, platform}: Needs['images'][number]): LockedImage {
	return lockFor(lock, archOf(platform)).images[ref]!;
}

/** The lock with nothing in it but what is needed. */
export function lockOf(lock: Lock, needs: Needs): Lock {
	const {binaries, images, madeBy, madeAt} = lock;
	const some = <T>(map: Readonly<Record<string, T>>, keys: readonly string[]) =>
		Object.fromEntries(keys.map((key) => [key, map[key]!]));
	const refs = needs.images.map(({ref}) => ref);
	const packages = packagesOf(lock, needs);
	return {binaries: some(binaries, needs.binaries), images: some(images, refs), ...(packages && {packages}), madeBy, madeAt};
}

function packagesOf(lock: Lock, needs: Needs): Lock['packages'] {
	const keys = needs.packages.map((one) => ({...one, key: lockedKey(lock, one, one.arch)!}));
	if (keys.length === 0) return undefined;
	const repositories = Map.groupBy(keys, ({repository}) => repository);
	return Object.fromEntries(
		[...repositories].map(([name, some]) => {
			const locked = lock.packages![name]!;
			return [name, {...locked, files: Object.fromEntries(some.map(({key}) => [key, locked.files[key]!]))}];
		}),
	);
}

/** What a cluster needs and a bundle does not have, each with what it has instead. */
export function missingFromBundle({artifacts, kubernetesVersion, platforms}: Contents, needs: Needs): Problem[] {
	const has = new Set(artifacts.map(keyOf));
	const wanted = [
		...needs.binaries.map((key) => `binary ${key}`),
		...needs.images.map(({ref, platform}) => `image ${ref} ${platform}`),
	];
	const hint = `it was made for Kubernetes ${kubernetesVersion} on ${platforms.join(', ')}: make one from this config with \`kubestrap bundle create\``;
	const packages = needs.packages
		.filter(({repository, name, arch}) => ![arch, 'all'].some((one) => has.has(`package ${repository}/${name}/${one}`)))
		.map(({repository, name, arch}) => `package ${repository}/${name}/${arch}`);
	const missing = [...wanted.filter((name) => !has.has(name)), ...packages];
	return missing.map((name) => ({message: `the bundle has no ${name}`, hint}));
}
