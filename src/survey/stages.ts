import type {Living, Site} from '../model.ts';

const kubelet = '/etc/kubernetes/kubelet.conf';
const etcd = '/etc/kubernetes/manifests/etcd.yaml';
/** Written when the control planes of a birth have found each other: from then on a missing one is joined, not born. */
export const formed = '/var/lib/kubestrap/formed';

/**
 * How a machine stands to the cluster. When the cluster answers: part of it is who has a Node and the kubelet's kubeconfig. When it does not,
 * but has formed or was made by kubeadm: who has the kubeconfig. Everybody else is to join; before there is a cluster nobody has a stage. Pure.
 */
export function stageOf(site: Site, sites: readonly Site[], living: Pick<Living, 'nodes'> | undefined): Pick<Site, 'stage'> {
	if (living === undefined && !sites.some(hasLived)) return {};
	const isKnown = living === undefined || living.nodes.some(({name}) => name === site.name);
	return {stage: isKnown && has(site, kubelet) ? 'member' : 'joining'};
}

/** kubeadm leaves no record of ours; a control plane that it made, has both files. */
function hasLived(site: Site): boolean {
	if (site.role !== 'control-plane') return false;
	return has(site, formed) || (site.facts.ownership === undefined && has(site, kubelet) && has(site, etcd));
}

const has = ({facts}: Site, path: string) => facts.files[path] !== undefined;
