/** The cluster.yaml of a lab: what a user behind an air gap would write, with the lab as the mirror. */
import {join} from 'node:path';
import {identityOf} from './keys.ts';
import {folderOf, type LabRecord, plan} from './record.ts';

/** root by login; debian has sudo without, carol with a password. */
export const configUsers = ['root', 'debian', 'carol'] as const;
export type ConfigUser = (typeof configUsers)[number];

const upstreams = ['registry.k8s.io', 'ghcr.io', 'docker.io'];

export type ConfigOptions = {
	/** containerd and Kubernetes as packages of the lab's apt repositories, and the machine's own sources switched to the lab. */
	readonly packages?: boolean;
};

export function configText(lab: LabRecord, user: ConfigUser, {packages = false}: ConfigOptions = {}): string {
	const {binaries, images, host} = plan(lab);
	const quoted = (value: string) => JSON.stringify(value);
	return [
		'apiVersion: kubestrap.dev/v1',
		'kind: Cluster',
		`metadata: {name: ${lab.name}}`,
		'spec:',
		`  kubernetesVersion: ${lab.kubernetesVersion}`,
		`  ssh: {user: ${user}, identityFile: ${quoted(identityOf(lab.name))}}`,
		...(packages
			? [
					'  runtime: {source: packages, package: containerd.io}',
					'  kubernetes: {source: packages}',
					`  os: {mirror: ${quoted(`${binaries}/debian`)}}`,
				]
			: []),
		'  nodes:',
		...lab.nodes.map(
			({name, role, address, hostKey}) =>
				`    - {name: ${name}, role: ${role}, address: ${address}, internalAddress: ${address}, hostKey: ${quoted(hostKey)}}`,
		),
		'  mirror:',
		'    images:',
		...upstreams.map((upstream) => `      ${upstream}: [${quoted(images)}]`),
		`    binaries: ${quoted(binaries)}`,
		...(packages
			? [`    packages: {kubernetes: ${quoted(`${binaries}/kubernetes`)}, docker: ${quoted(`${binaries}/docker`)}}`]
			: []),
		`    insecure: [${quoted(`${host}:5000`)}, ${quoted(`${host}:8080`)}]`,
		`  lock: ${quoted(join(folderOf(lab.name), 'kubestrap.lock'))}`,
		'',
	].join('\n');
}
