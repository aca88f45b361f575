/** Who leaves a cluster that lives, and what is known of each. Pure. */
import type {ClusterNode, EtcdMember, Living, NodeSpec, Role, Site} from '../model.ts';
import {memberOf} from './etcd-removal.ts';

/** What was seen before it is known who leaves: the machines of the config that answered, and why the others did not, by address. */
export type View = {
	readonly specs: readonly NodeSpec[];
	readonly sites: readonly Site[];
	readonly lost: ReadonlyMap<NodeSpec, string>;
	readonly living: Living;
};

export type Leaving = {
	/** Its stage says whether its machine is to be cleaned up (`leaving`), or cannot be (`gone`). */
	readonly site: Site;
	/** Why its machine is not touched, as a sentence without its name. */
	readonly untouched?: string;
	/** Whether its pods can be moved: its Node is Ready, and its machine was not asked in vain (then it most likely has just died). */
	readonly drains: boolean;
	readonly node?: ClusterNode;
	readonly member?: EtcdMember;
};

/** A config need not name its nodes: one that cannot be asked for its name is known by its address. */
function specOf(name: string, {specs, living}: View): NodeSpec | undefined {
	const member = living.members?.find((one) => one.name === name);
	const addresses = [
		...(living.nodes.find((node) => node.name === name)?.addresses ?? []),
		...(member?.peerUrls ?? []).map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '')),
	];
	const isAt = (spec: NodeSpec) => addresses.includes(spec.internalAddress ?? '') || addresses.includes(spec.address);
	return specs.find((spec) => spec.name === name) ?? specs.find((spec) => spec.name === undefined && isAt(spec));
}

/**
 * What each name stands for; undefined for one that nobody knows: not the cluster, not etcd, and no machine of the config that is a node.
 * `foreign`: why a machine that answers is none of this cluster, by the name of its site.
 */
export function leavingOf(
	name: string,
	view: View,
	unseen: (name: string) => Site['facts'],
	foreign: ReadonlyMap<string, string>,
): Leaving | undefined {
	const {sites, lost, living} = view;
	const reached = sites.find((site) => site.name === name);
	const node = living.nodes.find((one) => one.name === name);
	const spec = reached?.spec ?? specOf(name, view);
	const address = reached?.address ?? node?.addresses[0] ?? spec?.internalAddress ?? spec?.address ?? '';
	const member = memberOf({name, address}, living);
	const isNode = reached !== undefined && (reached.facts.ownership !== undefined || reached.facts.files[kubelet] !== undefined);
	if (node === undefined && member === undefined && !isNode) return undefined;
	const role: Role = node?.controlPlane || member ? 'control-plane' : (spec?.role ?? 'worker');
	const isSilent = reached === undefined && spec !== undefined;
	const known = {drains: node?.ready === true && !isSilent, ...(node && {node}), ...(member && {member})};
	const other = foreign.get(name);
	if (reached && other === undefined) return {site: {...reached, role, stage: 'leaving'}, ...known};
	const why = other ?? (spec && lost.get(spec)) ?? 'it is not in the config, so nobody can log in there';
	const site: Site = {name, role, address, spec: spec ?? unlisted(name, role, address), facts: unseen(name), stage: 'gone'};
	return {site, untouched: why, ...known};
}

const kubelet = '/etc/kubernetes/kubelet.conf';

const unlisted = (name: string, role: Role, address: string): NodeSpec => ({
	name,
	role,
	address,
	via: 'ssh',
	access: {user: '', port: 22, jump: []},
	labels: {},
});
