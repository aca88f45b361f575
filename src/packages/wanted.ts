/** Which packages a node of a cluster gets, at which versions. */
import type {Problem} from '../errors.ts';
import type {Cluster, Lock, LockedRepository, Site} from '../model.ts';
import {type AptSource, aptSource, type RepositoryName, suiteOf} from './repositories.ts';
import {systemOf} from './systems.ts';
import {installedTools, toolPackages} from './tools.ts';

/** What Kubernetes consists of, as packages. */
export const kubernetesPackages = ['kubelet', 'kubeadm', 'kubectl', 'cri-tools', 'kubernetes-cni'] as const;

/** Settings files of these packages. Who had one before they came keeps it. */
export const settingsOfPackages = ['/etc/default/kubelet', '/etc/containerd/config.toml'] as const;

/** Those that have Kubernetes' own version. */
const ofKubernetes = new Set<string>(['kubelet', 'kubeadm', 'kubectl']);

/** The packages that bring containerd, with the repository they are in and the place where each one puts runc. */
export const runtimePackages = {
	containerd: {repository: 'os', names: ['containerd', 'runc'], runc: '/usr/sbin/runc'},
	'containerd.io': {repository: 'docker', names: ['containerd.io'], runc: '/usr/bin/runc'},
} as const;

export type Wanted = {readonly repository: 'kubernetes' | 'docker' | 'os'; readonly name: string};

/** The packages that the config asks for, held at the versions of the lock. */
export function wantedPackages({kubernetes, runtime}: Pick<Cluster, 'kubernetes' | 'runtime'>): Wanted[] {
	const {repository, names} = runtimePackages[runtime.package];
	return [
		...(kubernetes.source === 'packages' ? kubernetesPackages.map((name) => ({repository: 'kubernetes', name}) as const) : []),
		...(runtime.source === 'packages' ? names.map((name) => ({repository, name}) as const) : []),
	];
}

/** Whether anything is installed by the machine's package tool. */
export const usesPackages = (cluster: Cluster): boolean => wantedPackages(cluster).length > 0 || cluster.os.mirror !== undefined;

/** The version that the lock has for an architecture; packages that fit all are there too. */
export function lockedVersion({packages}: Lock, {repository, name}: Wanted, arch: string): string | undefined {
	const files = packages?.[repository]?.files ?? {};
	return (files[`${name}/${arch}`] ?? files[`${name}/all`])?.version;
}

/** The key of a package among the files of its repository in the lock. */
export function lockedKey({packages}: Lock, {repository, name}: Wanted, arch: string): string | undefined {
	const files = packages?.[repository]?.files ?? {};
	return [`${name}/${arch}`, `${name}/all`].find((key) => Object.hasOwn(files, key));
}

/** What of the wanted packages the lock does not have, or has for another distribution: a problem each, once. */
export function missingPackages(cluster: Cluster, lock: Lock, sites: readonly Site[]): Problem[] {
	const wanted = wantedPackages(cluster);
	const number = cluster.configuration.kubernetesVersion.replace(/^v/, '');
	const where = cluster.lock === undefined ? {} : {file: cluster.lock};
	const messages = sites.flatMap(({name: node, facts: {arch, os}}) =>
		wanted.flatMap((one) => {
			const version = lockedVersion(lock, one, arch);
			if (version === undefined) return [`the lock has no package ${one.name} (${one.repository}, ${arch})`];
			if (ofKubernetes.has(one.name) && !version.startsWith(`${number}-`))
				return [`the lock has ${one.name} ${version}, and the cluster is of ${number}`];
			const suite = suiteOf(lock.packages?.[one.repository]?.repository ?? '');
			return suite === undefined || os.codename === undefined || suite === os.codename
				? []
				: [`the lock has ${one.name} of ${suite}, and ${node} is ${os.pretty}`];
		}),
	);
	const hint = '`kubestrap images lock` makes a lock that has it';
	return [...new Set(messages)].map((message) => ({...where, message, hint}));
}

/** Under this name the file of a package is an artifact like any other. `key`: `NAME/ARCH`. */
export const packageArtifact = (repository: string, key: string): string => `packages/${repository}/${key}`;

/** The lock with its packages among the artifacts that can be fetched. */
export function withPackageFiles(lock: Lock): Lock {
	const files = Object.entries(lock.packages ?? {}).flatMap(([repository, {files: all}]) =>
		Object.entries(all).map(
			([key, {sha256, size, from}]) => [packageArtifact(repository, key), {sha256, size, from: [from]}] as const,
		),
	);
	return {...lock, binaries: {...lock.binaries, ...Object.fromEntries(files)}};
}

/** The repositories that a cluster's nodes get, with where they are. */
export function aptSources(cluster: Cluster, lock: Lock): AptSource[] {
	const names = [...new Set(wantedPackages(cluster).map(({repository}) => repository))];
	return names.flatMap((name): AptSource[] => {
		const locked: LockedRepository | undefined = lock.packages?.[name];
		return name === 'os' || locked === undefined ? [] : [aptSource(name satisfies RepositoryName, locked, cluster.mirror)];
	});
}

/** Packages with tools that the machine lacks, where they may be installed: the config asks for it, or for packages at all. */
export function missingTools(cluster: Cluster, {facts}: Site, present: readonly string[]): string[] {
	const system = systemOf(facts.os);
	if (system === undefined || (!usesPackages(cluster) && cluster.os.tools !== 'install')) return [];
	const missing = installedTools.filter((tool) => !present.includes(tool));
	return [...new Set(missing.map((tool) => toolPackages[tool]![system.names]))];
}
