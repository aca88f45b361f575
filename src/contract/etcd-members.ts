import {selected} from '../cluster/selectors.ts';
import type {EtcdMember, Scope, Site} from '../model.ts';
import {memberOf, memberStateOf, peerUrl} from './etcd-state.ts';

/** Left on a control plane once its API server was ready: the cluster has formed, and will never be born again. */
export const formedMark = '/var/lib/kubestrap/formed';

/** `--initial-cluster` and `--initial-cluster-state` of a member. Flags that matter at birth only are no drift later: what is there stays. */
export type Initial = {readonly cluster: string; readonly existing: boolean};

/**
 * What a member starts with. At a birth all have the same list; a record of it is obeyed, so that the list does not change when control planes
 * come later. Who comes later has those that are there, those that join before it, and itself (contract 10.5).
 */
export function etcdInitial(scope: Scope): Initial {
	const {site, sites, living} = scope;
	const members = living?.members;
	const written = writtenInitial(site);
	const state = memberStateOf(site, living);
	// Nobody can tell what a cluster that does not answer has for members: who is part of it stays as it is.
	const isSettled = state === undefined ? site.stage !== undefined : state === 'kept' || state === 'promote';
	if (written && isSettled) return written;
	const line = (one: Site) => `${one.name}=${peerUrl(one.address)}`;
	if (members === undefined) return {cluster: birthMembers(scope).map(line).join(','), existing: false};
	const planes = selected(sites, 'control-plane');
	const list = (some: readonly EtcdMember[]) =>
		some.flatMap(({id, name, peerUrls}) => peerUrls.map((url) => `${nameOf(sites, name, url) || id}=${url}`));
	if (state === 'birth') return {cluster: list(members).join(','), existing: false};
	// One after the other: who lost its data is a member until its turn has come, and a new one compares its list with etcd's.
	const turns = planes.slice(0, planes.indexOf(site) + 1);
	const lost = turns.filter((one) => memberStateOf(one, living) === 'replace').map((one) => memberOf(one, members));
	const there = members.filter((member) => !lost.includes(member));
	const coming = turns.filter((one) => comes(one, members));
	return {cluster: [...list(there), ...coming.map(line)].join(','), existing: true};
}

const comes = (site: Site, members: readonly EtcdMember[]) => ['add', 'replace'].includes(memberStateOf(site, {members}) ?? '');

/** A learner that has not started has no name yet, but it will have its node's. */
function nameOf(sites: readonly Site[], name: string, url: string): string {
	return name === '' ? (sites.find(({address}) => peerUrl(address) === url)?.name ?? '') : name;
}

function birthMembers({site, sites}: Scope): Site[] {
	const planes = selected(sites, 'control-plane');
	const born = site.facts.ownership?.birthMembers;
	return born?.includes(site.name) ? planes.filter(({name}) => born.includes(name)) : planes;
}

const flag = (text: string, name: string) => new RegExp(`^\\s*- "?--${name}=([^"\\n]*)"?$`, 'm').exec(text)?.[1];

/** What the manifest on the node says already. */
function writtenInitial({facts}: Site): Initial | undefined {
	const text = facts.files['/etc/kubernetes/manifests/etcd.yaml']?.text ?? '';
	const cluster = flag(text, 'initial-cluster');
	return cluster === undefined ? undefined : {cluster, existing: flag(text, 'initial-cluster-state') === 'existing'};
}
