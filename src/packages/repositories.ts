/** Package repositories: who publishes them, how they are laid out, and whose key signs them. A new one is a row. */
import type {LockedPackage, LockedRepository, Mirror} from '../model.ts';

/** Repositories that kubestrap adds to a machine; `os` is the machine's own. */
export type RepositoryName = 'kubernetes' | 'docker';

export type RepositoryRow = {
	/** Address of the publisher. */
	readonly upstream: string;
	/** The publisher's own way to write a path of the layout, where mirrors write another; and hosts of those that write it like him. */
	readonly published?: {readonly path: (path: string) => string; readonly hosts: readonly string[]};
	/** Of the key that signs it, 40 hex digits. */
	readonly fingerprint: string;
	/** Where the key lies, below the address. */
	readonly key: (path: string) => string;
};

/** Fingerprints as the publishers' own installation guides have them (kubernetes.io and docs.docker.com). */
export const repositories: Readonly<Record<RepositoryName, RepositoryRow>> = {
	kubernetes: {
		upstream: 'https://pkgs.k8s.io',
		// Its build service puts a colon behind each part of a project's name; some mirrors, as aliyun, leave it out.
		published: {
			path: (path) => path.replace(/^core\/stable\//, 'core:/stable:/'),
			hosts: ['pkgs.k8s.io', 'mirrors.ustc.edu.cn', 'mirrors.tuna.tsinghua.edu.cn'],
		},
		fingerprint: 'DE15B14486CD377B9E876E1A234654DA9A296436',
		key: (path) => `${path}/Release.key`,
	},
	docker: {
		upstream: 'https://download.docker.com',
		fingerprint: '9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
		key: (path) => `${rootOf(path)}/gpg`,
	},
};

/** The path of a repository, for the lock: that of the packages of a Kubernetes minor, or of a distribution. */
export const repositoryPath = {
	kubernetes: (version: string): string => `core/stable/v${version.replace(/^v/, '').replace(/\.\d+$/, '')}/deb`,
	docker: ({id, codename}: {id: string; codename: string}): string => `linux/${id}/dists/${codename}/stable`,
	os: ({codename}: {codename: string}): string => `dists/${codename}/main`,
} as const;

const parts = /^(?:(?<root>.+)\/)?dists\/(?<suite>[^/]+)\/(?<component>.+)$/;

/** What stands before `dists`; a flat repository (no dists) is its own root. */
export const rootOf = (path: string): string => (parts.test(path) ? (parts.exec(path)?.groups?.root ?? '') : path);
/** The suite of a repository with dists. */
export const suiteOf = (path: string): string | undefined => parts.exec(path)?.groups?.suite;

/** A repository as apt is told of it. `suite` is `/` and there is no component where it is flat. */
export type AptSource = {
	readonly name: RepositoryName;
	readonly uri: string;
	readonly suite: string;
	readonly component?: string;
	readonly keyUrl: string;
	readonly fingerprint: string;
};

/** Where a locked repository is: at the mirror, if there is one, else at its publisher. */
export function aptSource(name: RepositoryName, {repository, fingerprint}: LockedRepository, {packages}: Mirror): AptSource {
	const row = repositories[name];
	const base = packages?.[name] ?? row.upstream;
	const path = row.published?.hosts.includes(new URL(base).hostname) ? row.published.path(repository) : repository;
	const {suite, component} = parts.exec(path)?.groups ?? {};
	return {
		name,
		uri: `${base}/${rootOf(path)}${suite === undefined ? '/' : ''}`,
		suite: suite ?? '/',
		...(component === undefined ? {} : {component}),
		keyUrl: `${base}/${row.key(path)}`,
		fingerprint,
	};
}

/** The folder with Release and InRelease, and the index of an architecture below it. */
export function indexOf({uri, suite, component}: Omit<AptSource, 'name' | 'keyUrl' | 'fingerprint'>, arch: string) {
	const root = uri.replace(/\/$/, '');
	return component === undefined
		? {folder: root, index: 'Packages'}
		: {folder: `${root}/dists/${suite}`, index: `${component}/binary-${arch}/Packages`};
}

/** The address of a locked package file. */
export function packageUrl(
	name: RepositoryName,
	locked: LockedRepository,
	{from}: Pick<LockedPackage, 'from'>,
	mirror: Mirror,
): string {
	return `${aptSource(name, locked, mirror).uri.replace(/\/$/, '')}/${from}`;
}

export const keyringOf = (name: RepositoryName): string => `/etc/apt/keyrings/60-kubestrap-${name}.asc`;
/** Its name in /etc/apt/sources.list.d. */
export const sourceFileOf = (name: RepositoryName): string => `60-kubestrap-${name}.sources`;

/** A source of deb822 form (sources.list(5)), bound to its own key. */
export function sourceText({name, uri, suite, component}: AptSource, arch: string): string {
	const lines = [
		'# Written by kubestrap.',
		'Types: deb',
		`URIs: ${uri}`,
		`Suites: ${suite}`,
		...(component === undefined ? [] : [`Components: ${component}`]),
		`Architectures: ${arch}`,
		`Signed-By: ${keyringOf(name)}`,
	];
	return lines.map((line) => `${line}\n`).join('');
}
