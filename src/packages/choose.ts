/** Which versions a lock takes of what a repository has. */
import type {Cluster, LockedPackage} from '../model.ts';
import type {Indexed} from './control.ts';
import {compareVersions} from './deb-version.ts';
import {type Wanted, wantedPackages} from './wanted.ts';

/** Those that carry Kubernetes' own version; of the others the newest one is taken. */
const ofKubernetes = new Set<string>(['kubelet', 'kubeadm', 'kubectl']);

/** Names of the packages that come from a repository. */
export const namesFrom = (cluster: Pick<Cluster, 'kubernetes' | 'runtime'>, repository: Wanted['repository']): string[] =>
	wantedPackages(cluster)
		.filter((one) => one.repository === repository)
		.map(({name}) => name);

/**
 * One file per package and architecture, by `NAME/ARCH` (`NAME/all` where it fits all), and what is missing as `NAME (ARCH)`, or with the version that
 * was wanted. `version` is that of Kubernetes.
 */
export function choose(
	indexed: readonly Indexed[],
	names: readonly string[],
	{arch, version}: {arch: string; version: string},
): {files: Record<string, LockedPackage>; missing: string[]} {
	const files: Record<string, LockedPackage> = {};
	const missing: string[] = [];
	const number = version.replace(/^v/, '');
	for (const name of names) {
		const isFit = (one: Indexed) =>
			one.name === name &&
			(one.arch === arch || one.arch === 'all') &&
			(!ofKubernetes.has(name) || one.version.startsWith(`${number}-`));
		const [newest] = indexed.filter(isFit).sort((one, other) => compareVersions(other.version, one.version));
		if (newest === undefined) missing.push(ofKubernetes.has(name) ? `${name} ${number} (${arch})` : `${name} (${arch})`);
		else {
			const {version: found, sha256, size, from} = newest;
			files[`${name}/${newest.arch}`] = {version: found, sha256, size, from};
		}
	}
	return {files, missing};
}
