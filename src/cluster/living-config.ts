/** From the ConfigMaps that are in a cluster to a config that `load` reads. */
import {isDeepStrictEqual} from 'node:util';
import {renderText} from '../render.ts';
import {readDocuments} from './documents.ts';
import type {ClusterFlags} from './flags.ts';

type ConfigMaps = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The operator's text with what the cluster says of itself: ClusterConfiguration and KubeletConfiguration, unless the text has its own. Pure. */
export function livingConfig(text: string, configMaps: ConfigMaps): string {
	const {sources} = readDocuments(text, '-');
	const own = (kind: keyof typeof sources) => sources[kind] !== undefined;
	const said = [
		...(own('ClusterConfiguration') ? [] : [configMaps['kubeadm-config']?.ClusterConfiguration]),
		...(own('KubeletConfiguration') ? [] : [configMaps['kubelet-config']?.kubelet]),
	];
	return [text, ...said].filter((part) => part !== undefined && part.trim() !== '').join('\n---\n');
}

/**
 * The pod network of a cluster that we know only from there, unless the text says which one it is. What we lay down on a node for flannel is right
 * where the cluster's flannel is set up as ours is; every other network comes to its nodes by itself, and its files are nobody else's. Pure.
 */
export function livingNetwork(text: string, configMaps: ConfigMaps): Pick<ClusterFlags, 'cni'> {
	const spec = readDocuments(text, '-').sources.Cluster?.document.value as {spec?: {network?: {cni?: unknown}}} | undefined;
	if (spec?.spec?.network?.cni !== undefined) return {};
	const {'cni-conf.json': plugin = '', 'net-conf.json': network = ''} = configMaps['kube-flannel-cfg'] ?? {};
	const ours = parsed(renderText('cni/flannel.conflist', {}));
	const {Backend: backend} = (parsed(network) ?? {}) as {Backend?: {Type?: unknown}};
	return {cni: isDeepStrictEqual(parsed(plugin), ours) && backend?.Type === 'vxlan' ? 'flannel' : 'none'};
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
