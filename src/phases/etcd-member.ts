import {addLearner, isLostGone, isMember, removeLost} from '../contract/etcd-changes.ts';
import {memberOf, memberStateOf, peerUrl} from '../contract/etcd-state.ts';
import type {Phase, Step} from '../model.ts';

/**
 * etcd takes the new member as a learner, which has no vote until it has caught up (contract 10.5). One that was published and lost its data
 * goes out first. One change at a time: the next control plane begins when this one votes.
 */
export const etcdMember: Phase = {
	name: 'etcd-member',
	title: 'Add the member to etcd as a learner',
	on: 'control-plane',
	at: 'first',
	pace: {through: 'etcd-promote'},
	steps: ({site, living}): Step[] => {
		const state = memberStateOf(site, living);
		if (state !== 'add' && state !== 'replace') return [];
		const peer = peerUrl(site.address);
		const lost = living?.members && memberOf(site, living.members)?.id;
		const out: Step[] =
			lost === undefined
				? []
				: [
						{
							kind: 'run',
							title: `take out the member of ${site.name} that lost its data`,
							command: {sh: removeLost, args: [peer, lost]},
							unless: {sh: isLostGone, args: [peer, lost]},
						},
					];
		return [
			...out,
			{
				kind: 'run',
				title: `add ${site.name} as a learner`,
				command: {sh: addLearner, args: [peer, site.name]},
				unless: {sh: isMember, args: [peer]},
			},
		];
	},
};
