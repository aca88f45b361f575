/** What will really be written on a node, and where: bytes and inodes. Pure. */
import {lastValue} from '../contract/arguments.ts';
import {imagesOf} from '../phases/images.ts';
import {artifactsFor} from '../versions.ts';
import type {Case} from './row.ts';

const MiB = 1024 ** 2;

/** `later`: what grows there in time. `why` names it in a finding. */
export type Need = {
	readonly path: string;
	readonly bytes: number;
	readonly inodes: number;
	readonly later?: number;
	readonly why: string;
};

/**
 * Packed and unpacked together, upstream's for amd64, rounded up: containerd keeps both. The lock has digests of images, no sizes. By the last word of
 * the reference.
 */
const imageMiB: Readonly<Record<string, number>> = {
	'kube-apiserver': 130,
	'kube-controller-manager': 125,
	'kube-scheduler': 95,
	'kube-proxy': 140,
	coredns: 100,
	etcd: 230,
	pause: 2,
	flannel: 115,
	'flannel-cni-plugin': 20,
	busybox: 10,
	haproxy: 150,
};
const otherImageMiB = 200;

/** Where the programs of an artifact go, and how much bigger it gets on the way: archives are kept until they are unpacked. */
const unpacked: Readonly<Record<string, readonly [path: string, factor: number]>> = {
	kubelet: ['/usr/bin', 1],
	kubectl: ['/usr/bin', 1],
	kubeadm: ['/usr/bin', 1],
	runc: ['/usr/local/bin', 1],
	containerd: ['/usr/local/bin', 3],
	crictl: ['/usr/local/bin', 3],
	'cni-plugins': ['/opt/cni/bin', 3],
};
/** Where no lock says it. */
const usualMiB = 60;

/** etcd's default for `--quota-backend-bytes`, and its log, which it makes room for ahead. */
const etcdQuota = 2 * 1024 * MiB;
const etcdLog = 5 * 64 * MiB;

export function needsOf({cluster, site, lock}: Pick<Case, 'cluster' | 'site' | 'lock'>): Need[] {
	const artifacts = artifactsFor(cluster, site.facts.arch).map((key) => {
		const name = key.slice(0, key.indexOf('/'));
		return {name, size: lock?.binaries[key]?.size ?? usualMiB * MiB};
	});
	const images = imagesOf(cluster, site.role).map(
		(ref) => imageMiB[/([^/:@]+)(?:[:@][^/]*)?$/.exec(ref)?.[1] ?? ''] ?? otherImageMiB,
	);
	const downloads = artifacts.reduce((sum, {size}) => sum + size, 0);
	return [
		{
			path: '/var/lib/containerd',
			bytes: images.reduce((sum, one) => sum + one * MiB, 0),
			inodes: 1500 * images.length,
			why: 'images',
		},
		{path: '/var/lib/kubestrap', bytes: downloads, inodes: 100, why: 'downloads'},
		...artifacts.map(({name, size}): Need => {
			const [path, factor] = unpacked[name] ?? ['/usr/local/bin', 3];
			return {path, bytes: size * factor, inodes: 30, why: 'programs'};
		}),
		{path: '/var/lib/kubelet', bytes: 100 * MiB, inodes: 1000, why: 'pods'},
		{path: '/var/log', bytes: 100 * MiB, inodes: 200, why: 'logs'},
		{path: '/etc', bytes: MiB, inodes: 100, why: 'settings'},
		...etcd({cluster, site}),
	];
}

function etcd({cluster, site}: Pick<Case, 'cluster' | 'site'>): Need[] {
	const {etcd: asked} = cluster.configuration;
	if (site.role !== 'control-plane' || !('local' in asked)) return [];
	const quota = Number(lastValue(asked.local.extraArgs, 'quota-backend-bytes') ?? 0);
	const later = Number.isSafeInteger(quota) && quota > 0 ? quota : etcdQuota;
	return [{path: asked.local.dataDir, bytes: etcdLog, inodes: 200, later, why: 'etcd'}];
}
