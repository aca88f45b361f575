/** Which images are meant: those of a version, of a config, or of both. */
import {mirrorPresets} from '../artifacts/mirror-presets.ts';
import {ConfigError} from '../errors.ts';
import {addonImages, type ImageSettings, kubeadmImages} from '../image-list.ts';
import type {Cluster, Mirror} from '../model.ts';
import {defaultKubernetesVersion} from '../versions.ts';
import type {Call} from './call.ts';
import {isGiven, openCluster} from './open-cluster.ts';

export type WantedImages = {
	/** `v1.37.1`. */
	readonly version: string;
	/** In kubeadm's order. */
	readonly images: readonly string[];
	/** Upstream's name of each of them: another one where they come from another registry (`--image-repository`). */
	readonly upstream: Readonly<Record<string, string>>;
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
	const images = kubeadmImages(version, settings);
	return {
		version,
		images,
		upstream: Object.fromEntries(kubeadmImages(version, upstreams(settings)).map((ref, index) => [images[index]!, ref])),
		addons: cluster === undefined ? {} : addonImages(cluster),
		...(cluster && {cluster}),
	};
}

/** The same settings with every image from where upstream has it; the list keeps its order. */
function upstreams({dns, etcd, proxy}: ImageSettings): ImageSettings {
	const bare = <T extends {readonly imageRepository?: string}>({imageRepository: _, ...rest}: T) => rest;
	return {
		...(dns && {dns: bare(dns)}),
		...(proxy && {proxy}),
		...(etcd && {etcd: 'local' in etcd ? {local: bare(etcd.local)} : etcd}),
	};
}

/** Mirrors of the config, or the preset that `--mirror` names. Throws ConfigError for a preset that is none. */
export function mirrorFor({flags}: Call, cluster: Cluster | undefined): Mirror {
	const {mirror} = flags.cluster;
	if (cluster !== undefined) return cluster.mirror;
	if (mirror === undefined) return {images: {}, insecure: []};
	if (Object.hasOwn(mirrorPresets, mirror)) return mirrorPresets[mirror]!;
	throw new ConfigError([{message: `--mirror ${mirror} is no preset`, hint: `known: ${Object.keys(mirrorPresets).join(', ')}`}]);
}
