import {selected} from '../cluster/selectors.ts';
import {agree, asPlanned, isRemoved, memberOf, removeMember} from '../contract/etcd-removal.ts';
import type {EtcdMember, Phase, Scope, Step} from '../model.ts';

/**
 * The member goes while its etcd still runs, as `kubeadm reset` has it: etcd ends by itself when it is out. One after the other, and the next one only when
 * those that stay agree. The guard has judged it all before; the script looks once more, at the last moment.
 */
export const etcdMemberRemove: Phase = {
	name: 'etcd-member-remove',
	title: 'Take the member out of etcd',
	on: 'leaving-control-plane',
	at: 'first',
	pace: 'one-by-one',
	steps(scope): Step[] {
		const {living, site} = scope;
		const member = living && memberOf(site, living);
		if (member === undefined) return [];
		return [
			{
				kind: 'run',
				title: `remove ${site.name} from etcd`,
				command: {sh: removeMember, args: [member.id, asPlanned(membersBefore(scope))]},
				unless: {sh: isRemoved, args: [member.id]},
			},
			{kind: 'wait', title: `etcd agrees without ${site.name}`, until: {sh: agree}, seconds: 60},
		];
	},
};

/** Those that there will be when the turn comes to this one. */
function membersBefore({living, site, sites}: Scope): EtcdMember[] {
	const all = living?.members ?? [];
	const leaving = selected(sites, 'leaving-control-plane');
	const earlier = leaving.slice(0, leaving.indexOf(site)).map((one) => living && memberOf(one, living));
	return all.filter((member) => !earlier.includes(member));
}
