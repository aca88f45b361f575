/** What etcd's guard says of the members that a run would add. */
import {selected} from '../cluster/selectors.ts';
import {guard, type MemberChange, type Refusal} from '../contract/etcd-guard.ts';
import {memberOf, memberStateOf, peerUrl} from '../contract/etcd-state.ts';
import type {EtcdMember, Site} from '../model.ts';
import {etcdLog} from './probes.ts';
import type {Case, Check, Verdict} from './row.ts';

export const memberChecks: readonly Check[] = [
	{
		name: 'EtcdMembers',
		from: 'kubestrap',
		level: 'error',
		on: 'control-plane',
		when: 'bare',
		probes: [etcdLog],
		judge: refusals,
	},
];

/**
 * Plays the changes of members that the run would make, one control plane after the other, and tells what the guard says of this one's. That
 * nothing has changed since is looked at on the node just before each change.
 */
function refusals({cluster, site, sites, living}: Case): Verdict[] {
	// Without its list a member that comes would begin a cluster of its own.
	if (living !== undefined && living.members === undefined && 'local' in cluster.configuration.etcd)
		return site.stage === 'joining' ? told(guard(undefined, {add: {name: site.name, peerUrl: peerUrl(site.address)}})) : [];
	let members = living?.members ?? [];
	const verdicts: Verdict[] = [];
	for (const one of selected(sites, 'control-plane')) {
		const state = memberStateOf(one, living);
		const known = memberOf(one, members);
		const ask = (change: MemberChange) => {
			if (one === site) verdicts.push(...told(guard(members, change)));
		};
		if (state === 'replace' && known) {
			ask({remove: known.id});
			members = members.filter((member) => member !== known);
		}
		if (state === 'promote' && known) members = members.map((member) => (member === known ? voter(one) : member));
		if (state !== 'add' && state !== 'replace') continue;
		ask({add: {name: one.name, peerUrl: peerUrl(one.address)}});
		members = [...members, voter(one)];
	}
	return verdicts;
}

const told = (refusal: Refusal | undefined): Verdict[] => (refusal ? [{evidence: refusal.reason, remedy: refusal.remedy}] : []);

/** The member as it will be when its turn is over. */
function voter({name, address}: Site): EtcdMember {
	const url = peerUrl(address);
	return {id: name, name, peerUrls: [url], clientUrls: [url], learner: false, healthy: true, leader: false};
}
