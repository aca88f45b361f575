/** The files of a lab's mirror, at the paths where the projects publish them: one row each. */

export type ReleaseRow = {
	/** Key in the lock file. */
	readonly key: string;
	/** Path below the mirror's base URL. */
	readonly path: string;
	/** A plain binary, `component/binary`; or an archive of a component's binaries under a prefix. */
	readonly file: string | {readonly component: string; readonly prefix: string};
};

const github = (project: string, version: string, file: string) => `${project}/releases/download/${version}/${file}`;

export function releaseRows(kubernetes: string): readonly ReleaseRow[] {
	return [
		...['kubelet', 'kubectl', 'kubeadm'].map((name) => ({
			key: `${name}/${kubernetes}/amd64`,
			path: `release/${kubernetes}/bin/linux/amd64/${name}`,
			file: `kubernetes-${kubernetes}/${name}`,
		})),
		{
			key: 'containerd/v2.4.2/amd64',
			path: github('containerd/containerd', 'v2.4.2', 'containerd-2.4.2-linux-amd64.tar.gz'),
			file: {component: 'containerd-v2.4.2', prefix: 'bin/'},
		},
		{
			key: 'runc/v1.5.2/amd64',
			path: github('opencontainers/runc', 'v1.5.2', 'runc.amd64'),
			file: 'runc-v1.5.2/runc',
		},
		{
			key: 'cni-plugins/v1.9.1/amd64',
			path: github('containernetworking/plugins', 'v1.9.1', 'cni-plugins-linux-amd64-v1.9.1.tgz'),
			file: {component: 'cni-plugins-v1.9.1', prefix: './'},
		},
		{
			key: 'crictl/v1.36.0/amd64',
			path: github('kubernetes-sigs/cri-tools', 'v1.36.0', 'crictl-v1.36.0-linux-amd64.tar.gz'),
			file: {component: 'crictl-v1.36.0', prefix: ''},
		},
	];
}
