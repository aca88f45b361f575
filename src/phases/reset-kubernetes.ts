import {kubeletFolder, kubernetesFolder} from '../contract/folders.ts';
import {etcdDataOf, isNodeOfOthers, ownedOf} from '../contract/whose.ts';
import type {Phase, Scope, Step} from '../model.ts';

/** What a kubelet writes in its folder. What else lies there is somebody's. */
const ofKubelet = [
	'actuated_pods_state',
	'allocated_pods_state',
	'checkpoints',
	'cpu_manager_state',
	'device-plugins',
	'dra_manager_state',
	'image_manager',
	'memory_manager_state',
	'plugins',
	'plugins_registry',
	'pod-resources',
	'pod_status_manager_state',
	'pods',
	'pods-api',
	'usernamespaces',
	'kubeadm-flags.env',
	'config.yaml',
	'instance-config.yaml',
];
const credentials = ['kubelet-client-*.pem', 'kubelet-server-*.pem', 'kubelet.crt', 'kubelet.key', '*.tmp'];

/** What Kubernetes itself has written on the machine. On a node that kubeadm made: what `kubeadm reset` deletes (contract 10.8). */
export const resetKubernetes: Phase = {
	name: 'reset-kubernetes',
	title: 'Unmount volumes, and delete what the kubelet and etcd wrote',
	on: 'every',
	steps: (scope): Step[] => [
		{kind: 'unmounted', path: kubeletFolder},
		...(isNodeOfOthers(scope.site) ? asKubeadm(scope) : ours(scope)),
	],
};

function ours({cluster, site}: Scope): Step[] {
	if (ownedOf(site, 'file').length === 0) return [];
	const data = etcdDataOf(site, cluster);
	const hasEtcd = ownedOf(site, 'file').some(({name}) => name === `${kubernetesFolder}/manifests/etcd.yaml`);
	return [
		{kind: 'cleared', path: `${kubeletFolder}/pki`, only: credentials},
		{kind: 'cleared', path: kubeletFolder, only: ofKubelet},
		// init found the folder empty (DirAvailable), so its member is ours.
		...(hasEtcd && data !== undefined ? [{kind: 'cleared', path: data, only: ['member']} as const] : []),
		// Copies that kubeadm makes when it upgrades or renews.
		{kind: 'cleared', path: kubernetesFolder, only: ['tmp']},
	];
}

function asKubeadm({cluster, site}: Scope): Step[] {
	const data = etcdDataOf(site, cluster);
	const folders = [
		...(data === undefined ? [] : [data]),
		`${kubernetesFolder}/manifests`,
		kubeletFolder,
		cluster.configuration.certificatesDir,
	];
	const confs = ['admin', 'super-admin', 'bootstrap-kubelet', 'controller-manager', 'scheduler'];
	return [
		...folders.map((path): Step => ({kind: 'cleared', path, only: ['*']})),
		...confs.map((name): Step => ({kind: 'cleared', path: `${kubernetesFolder}/${name}.conf`})),
		// Last: for as long as it is there the machine is known as a node.
		{kind: 'cleared', path: `${kubernetesFolder}/kubelet.conf`},
	];
}
