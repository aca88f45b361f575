/** Where the projects publish the binaries of a lock, and the checksums beside them. Knowledge only. */
import type {BinaryName} from '../versions.ts';

export type Release = {
	/** Who publishes it. */
	readonly host: string;
	/** Its path there: what the lock's `from` says, and what a mirror of the layout has. */
	readonly path: string;
	/** Path of the file with its sha256: that alone, or a list with a line for each file. */
	readonly sums: string;
};

type Layout = (name: string, version: string, arch: string) => Release;

const github =
	(project: string, file: (version: string, arch: string) => string, sums: (file: string) => string): Layout =>
	(_name, version, arch) => {
		const folder = `${project}/releases/download/${version}`;
		const name = file(version, arch);
		return {host: 'github.com', path: `${folder}/${name}`, sums: `${folder}/${sums(name)}`};
	};
const kubernetes: Layout = (name, version, arch) => {
	const path = `release/${version}/bin/linux/${arch}/${name}`;
	return {host: 'dl.k8s.io', path, sums: `${path}.sha256`};
};

const layouts: Readonly<Record<BinaryName, Layout>> = {
	kubelet: kubernetes,
	kubectl: kubernetes,
	kubeadm: kubernetes,
	containerd: github(
		'containerd/containerd',
		(version, arch) => `containerd-${version.slice(1)}-linux-${arch}.tar.gz`,
		(file) => `${file}.sha256sum`,
	),
	runc: github(
		'opencontainers/runc',
		(_version, arch) => `runc.${arch}`,
		() => 'runc.sha256sum',
	),
	'cni-plugins': github(
		'containernetworking/plugins',
		(version, arch) => `cni-plugins-linux-${arch}-${version}.tgz`,
		(file) => `${file}.sha256`,
	),
	crictl: github(
		'kubernetes-sigs/cri-tools',
		(version, arch) => `crictl-${version}-linux-${arch}.tar.gz`,
		(file) => `${file}.sha256`,
	),
};

/** The release behind a key of the lock (`kubelet/v1.37.1/amd64`); undefined when nobody is known to publish it. */
export function releaseOf(key: string): Release | undefined {
	const [name = '', version = '', arch = ''] = key.split('/');
	return Object.hasOwn(layouts, name) ? layouts[name as BinaryName](name, version, arch) : undefined;
}

/** The hex sha256 of a file in the text of a project's checksums: a digest alone, or the line that names exactly this file. */
export function checksumIn(text: string, name: string): string | undefined {
	for (const line of text.split('\n')) {
		const [, digest, path] = /^([0-9a-f]{64})(?:\s+\*?(?:.*\/)?([^/\s]+))?\s*$/.exec(line) ?? [];
		if (digest !== undefined && (path === undefined || path === name)) return digest;
	}
	return undefined;
}
