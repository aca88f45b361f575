/** The images of a Kubernetes version as its own kubeadm lists them, and those that a cluster of ours runs beside them. */
import {imageFacts} from './image-history.ts';
import type {Cluster, ClusterConfiguration} from './model.ts';
import {imagesFor} from './versions.ts';

/** What of a ClusterConfiguration changes the list. Absent: kubeadm's defaults. */
export type ImageSettings = {readonly imageRepository?: string} & Partial<Pick<ClusterConfiguration, 'dns' | 'etcd' | 'proxy'>>;

/**
 * Full references in kubeadm's order (`kubeadm config images list`, kubeadm-contract.md §11.1): those that the kubeadm of this very version
 * prints. Any release from v1.23 on, also those that `init` does not make. Throws ConfigError for another version.
 */
export function kubeadmImages(version: string, {imageRepository, dns, etcd, proxy}: ImageSettings = {}): string[] {
	const facts = imageFacts(version);
	const repository = imageRepository ?? facts.repository;
	const local = etcd !== undefined && 'local' in etcd ? etcd.local : undefined;
	const dnsRepository = dns?.imageRepository ?? repository;
	const kubernetes = (name: string) => `${repository}/${name}:${facts.version}`;
	// Only the registry that is this version's default has CoreDNS one folder deeper.
	const coredns = `${dnsRepository}/${dnsRepository === facts.repository ? 'coredns/' : ''}coredns:${dns?.imageTag ?? facts.coredns}`;
	const late = {
		coredns: dns?.disabled ? [] : [coredns],
		pause: [`${repository}/pause:${facts.pause}`],
		etcd:
			etcd !== undefined && 'external' in etcd
				? []
				: [`${local?.imageRepository ?? repository}/etcd:${local?.imageTag ?? facts.etcdTag}`],
	};
	return [
		...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(kubernetes),
		...(proxy?.disabled ? [] : [kubernetes('kube-proxy')]),
		...facts.order.flatMap((name) => late[name]),
	];
}

/** What a cluster runs beside kubeadm's images, by what it is for. */
export function addonImages(cluster: Cluster): Readonly<Record<string, string>> {
	const {flannel, flannelCni, busybox, nodeProxy} = imagesFor(cluster);
	const named = {flannel, 'flannel-cni-plugin': flannelCni, 'node-proxy': nodeProxy, verify: busybox};
	return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
