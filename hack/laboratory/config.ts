/** The cluster.yaml of a lab: what a user behind an air gap would write, with the lab as the mirror. */
import {join} from 'node:path';
import {aliyunFolder} from './aliyun.ts';
import {identityOf} from './keys.ts';
import {folderOf, type LabRecord, plan} from './record.ts';

/** root by login; debian has sudo without, carol with a password. */
export const configUsers = ['root', 'debian', 'carol'] as const;
export type ConfigUser = (typeof configUsers)[number];

/** Where images come from: the lab's registry, or the one like aliyun's, with the lab's for what that one does not have. */
export const configMirrors = ['lab', 'aliyun'] as const;
export type ConfigMirror = (typeof configMirrors)[number];

const upstreams = ['registry.k8s.io', 'ghcr.io', 'docker.io'];

export type ConfigOptions = {
	/** containerd and Kubernetes as packages of the lab's apt repositories, and the machine's own sources switched to the lab. */
	readonly packages?: boolean;
	readonly mirror?: ConfigMirror;
};

export function configText(lab: LabRecord, user: ConfigUser, {packages = false, mirror = 'lab'}: ConfigOptions = {}): string {
	const {aliyun, binaries, images, host} = plan(lab);
	const isAliyun = (upstream: string) => mirror === 'aliyun' && upstream === 'registry.k8s.io';
	const mirrorsOf = (upstream: string) => [...(isAliyun(upstream) ? [`${aliyun}/${aliyunFolder}`] : []), images];
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
		...upstreams.map((upstream) => `      ${upstream}: [${mirrorsOf(upstream).map(quoted).join(', ')}]`),
		`    binaries: ${quoted(binaries)}`,
		...(packages
			? [`    packages: {kubernetes: ${quoted(`${binaries}/kubernetes`)}, docker: ${quoted(`${binaries}/docker`)}}`]
			: []),
		`    insecure: [${[...(mirror === 'aliyun' ? [5001] : []), 5000, 8080].map((port) => quoted(`${host}:${port}`)).join(', ')}]`,
		`  lock: ${quoted(join(folderOf(lab.name), mirror === 'aliyun' ? 'aliyun.lock' : 'kubestrap.lock'))}`,
		'',
	].join('\n');
}
