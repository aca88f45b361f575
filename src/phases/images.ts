import type {Cluster, Phase, Role} from '../model.ts';
import {imagesFor} from '../versions.ts';

/** Which images a node of a role runs at birth; the first in the list are the first that it needs. */
export function imagesOf(cluster: Cluster, role: Role): string[] {
	const images = imagesFor(cluster);
	const controlPlane = [
		'external' in cluster.configuration.etcd ? undefined : images.etcd,
		images.apiserver,
		images.controllerManager,
		images.scheduler,
	];
	const every = [
		cluster.configuration.proxy.disabled ? undefined : images.proxy,
		images.flannelCni,
		images.flannel,
		cluster.configuration.dns.disabled ? undefined : images.coredns,
		images.busybox,
	];
	const wanted = [images.pause, images.nodeProxy, ...(role === 'control-plane' ? controlPlane : []), ...every];
	return wanted.filter((ref) => ref !== undefined);
}

/** All nodes pull what they will run, by the digest of the lock, while other work goes on (kubeadm pulls in its preflight, one by one). */
export const images: Phase = {
	name: 'images',
	title: 'Pull images',
	on: 'every',
	background: true,
	// `imagePullPolicy: Never`: the operator has brought them, or the kubelet will find its own way (kubeadm then pulls none either).
	steps: ({cluster, site}) =>
		cluster.registration.imagePullPolicy === 'Never' ? [] : imagesOf(cluster, site.role).map((ref) => ({kind: 'image', ref})),
};
