/** Folders of the host that go into the API server's and the controller manager's pod (contract 6.9). */
import {dirname} from 'node:path/posix';
import type {ExternalEtcd, Site} from '../model.ts';

export type HostFolder = {readonly name: string; readonly path: string};

const certificateFolder = '/etc/ssl/certs';

/** Distributions' homes of the files that links in /etc/ssl/certs point to: mounted only where they exist. The survey looks at them. */
export const certificateHomes: readonly string[] = [
	'/etc/pki/ca-trust',
	'/etc/pki/tls/certs',
	'/etc/ca-certificates',
	'/usr/share/ca-certificates',
	'/usr/local/share/ca-certificates',
];

/** /etc/ssl/certs, and those of the homes that this node has. */
export function certificateFolders(site: Site): HostFolder[] {
	const homes = certificateHomes.filter((path) => site.facts.files[path] !== undefined);
	return [
		{name: 'ca-certs', path: certificateFolder},
		...homes.map((path) => ({name: path.slice(1).replaceAll('/', '-'), path})),
	];
}

/** Folders with an external etcd's client files that no other mount shows already. Prefixes are compared as plain strings, as kubeadm does. */
export function etcdFolders({caFile, certFile, keyFile}: ExternalEtcd, certificatesDir: string): HostFolder[] {
	const mounted = [certificatesDir, certificateFolder, ...certificateHomes];
	const wanted = new Set<string>();
	for (const folder of [caFile, certFile, keyFile].map((file) => dirname(file))) {
		if (folder === '.' || mounted.some((path) => folder.startsWith(path))) continue;
		for (const other of wanted) if (other.startsWith(folder)) wanted.delete(other);
		if (![...wanted].some((other) => folder.startsWith(other))) wanted.add(folder);
	}
	return [...wanted].sort().map((path, index) => ({name: `etcd-certs-${index}`, path}));
}
