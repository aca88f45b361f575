/** From the ConfigMaps that kubeadm leaves in a cluster to a config that `load` reads. */
import {readDocuments} from './documents.ts';

/**
 * The operator's text with what the cluster says of itself: ClusterConfiguration and KubeletConfiguration, unless the text has its own. The pod
 * network of a cluster that we know only from there is left to itself, unless the text says which one it is. Pure.
 */
export function livingConfig(text: string, configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
	const {sources} = readDocuments(text, '-');
	const own = (kind: keyof typeof sources) => sources[kind] !== undefined;
	const said = [
		...(own('ClusterConfiguration') ? [] : [configMaps['kubeadm-config']?.ClusterConfiguration]),
		...(own('KubeletConfiguration') ? [] : [configMaps['kubelet-config']?.kubelet]),
	];
	return [text, ...said].filter((part) => part !== undefined && part.trim() !== '').join('\n---\n');
}
