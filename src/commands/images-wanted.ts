/** Which images are meant: those of a version, of a config, or of both. */
import {addonImages, type ImageSettings, kubeadmImages} from '../image-list.ts';
import type {Cluster} from '../model.ts';
import {defaultKubernetesVersion} from '../versions.ts';
import type {Call} from './call.ts';
import {isGiven, openCluster} from './open-cluster.ts';

export type WantedImages = {
	/** `v1.37.1`. */
	readonly version: string;
	/** In kubeadm's order. */
	readonly images: readonly string[];
	/** What the config adds, by what it is for; without a config nothing. */
	readonly addons: Readonly<Record<string, string>>;
	/** Absent when no cluster was given. */
	readonly cluster?: Cluster;
};

/** kubeadm's default, which older versions had otherwise: as if nobody had named it. */
const usual = 'registry.k8s.io';

/**
 * `--kubernetes-version` and `--image-repository` beat the config here, and may be what `init` does not make: a list changes nothing.
 * Without a config the list is kubeadm's own. Throws ConfigError.
 */
export async function wantedImages(call: Call): Promise<WantedImages> {
	const {kubernetesVersion, imageRepository, ...others} = call.flags.cluster;
	const given = {...call, flags: {...call.flags, cluster: others}};
	const cluster = isGiven(given) ? await openCluster(given) : undefined;
	const configuration = cluster?.configuration;
	const named = configuration?.imageRepository === usual ? undefined : configuration?.imageRepository;
	const repository = imageRepository ?? named;
	const settings: ImageSettings = {
		...(configuration && {dns: configuration.dns, etcd: configuration.etcd, proxy: configuration.proxy}),
		...(repository === undefined ? {} : {imageRepository: repository.replace(/\/+$/, '')}),
	};
	const asked = kubernetesVersion ?? configuration?.kubernetesVersion ?? defaultKubernetesVersion;
	const version = asked.startsWith('v') ? asked : `v${asked}`;
	return {
		version,
		images: kubeadmImages(version, settings),
		addons: cluster === undefined ? {} : addonImages(cluster),
		...(cluster && {cluster}),
	};
}
