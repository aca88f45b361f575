import {formedMark} from '../contract/etcd-members.ts';
import {bootstrapKubeconfig} from '../contract/joining.ts';
import type {ClusterNode, Living, Site} from '../model.ts';

const kubelet = '/etc/kubernetes/kubelet.conf';
const etcd = '/etc/kubernetes/manifests/etcd.yaml';
const apiServer = '/etc/kubernetes/manifests/kube-apiserver.yaml';

/**
 * How a machine stands to the cluster. When the cluster answers: part of it is who has a Node and the kubelet's kubeconfig. When it does not,
 * but has formed or was made by kubeadm: who has the kubeconfig. Everybody else is to join; before there is a cluster nobody has a stage. Pure.
 */
export function stageOf(site: Site, sites: readonly Site[], living: Pick<Living, 'nodes'> | undefined): Pick<Site, 'stage'> {
	if (living === undefined && !sites.some(hasLived)) return {};
	const node = living?.nodes.find(({name}) => name === site.name);
	const isKnown = living === undefined || wasBorn(site) || (node !== undefined && !isHalfWay(site, node));
	return {stage: isKnown && has(site, kubelet) ? 'member' : 'joining'};
}

/** A control plane of the birth has its Node in a moment, and nobody has to let it in. One that came back under its old name was let in. */
function wasBorn({name, facts}: Site): boolean {
	const {birthMembers = [], owned = []} = facts.ownership ?? {};
	return birthMembers.includes(name) && !owned.some((one) => one.name === bootstrapKubeconfig);
}

/** A control plane is marked as one last of all: until then its way in is not over. */
function isHalfWay(site: Site, node: ClusterNode): boolean {
	return site.role === 'control-plane' && !node.controlPlane && has(site, apiServer);
}

/** On a control plane that kubeadm made there are both files, and we did not write them. */
function hasLived(site: Site): boolean {
	if (site.role !== 'control-plane') return false;
	const isOurs = site.facts.ownership?.owned.some(({name}) => name === etcd) ?? false;
	return has(site, formedMark) || (!isOurs && has(site, kubelet) && has(site, etcd));
}

const has = ({facts}: Site, path: string) => facts.files[path] !== undefined;
