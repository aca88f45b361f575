import {namedTwice} from '../artifacts/bundle/layout.ts';
import {lockFor} from '../artifacts/lock.ts';
import {lastResort, type Places, underOwnNames} from '../contract/image-places.ts';
import {ConfigError} from '../errors.ts';
import type {Cluster, Phase, Role, Scope, Step, Supplies} from '../model.ts';
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
	steps: (scope): Step[] => {
		const {cluster, site, supplies} = scope;
		const refs = imagesOf(cluster, site.role);
		const imports = supplies === undefined ? [] : refs.map((ref) => importOf(ref, `linux/${site.facts.arch}`, supplies));
		return cluster.registration.imagePullPolicy === 'Never' ? imports : [...imports, ...pulls(scope, lastResort)];
	},
};

/**
 * The same because somebody asks for it, whatever the kubelet's policy is. With `retag` each mirror is asked under its own name, for runtimes that
 * know of no mirrors.
 */
export const askedImages = ({retag}: {readonly retag: boolean}): Phase => ({
	name: 'images',
	title: 'Pull images',
	on: 'every',
	steps: (scope) => pulls(scope, retag ? underOwnNames : lastResort),
});

function pulls({cluster, site, lock}: Scope, places: Places): Step[] {
	const own = lockFor(lock, site.facts.arch);
	return imagesOf(cluster, site.role).map((ref) => {
		const from = places(ref, own, cluster.mirror);
		return {kind: 'image', ref, ...(from && {from})};
	});
}

/** From a bundle everything is there before the pulls are looked at, which then have nothing to do. */
function importOf(ref: string, platform: string, {images: bundled, sizes}: Supplies): Step {
	const image = bundled[`${ref} ${platform}`];
	if (image === undefined)
		throw new ConfigError([{message: `the bundle has no image ${ref} for ${platform}`, hint: 'make one from this config'}]);
	const {index: _, ...alone} = image;
	const blobs = [...new Set([image.manifest, image.config, ...image.layers])];
	return {
		kind: 'import',
		ref,
		config: image.config,
		manifests: namedTwice(alone, sizes),
		blobs: blobs.map((digest) => ({sha256: digest.replace('sha256:', ''), size: sizes[digest] ?? 0})),
	};
}
