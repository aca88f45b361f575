import {caughtUp, promote, votes} from '../contract/etcd-changes.ts';
import {memberStateOf, peerUrl} from '../contract/etcd-state.ts';
import type {Phase, Step} from '../model.ts';

/** The learner becomes a voter when it has caught up with the leader. */
export const etcdPromote: Phase = {
	name: 'etcd-promote',
	title: 'Let the member of etcd vote',
	on: 'control-plane',
	at: 'first',
	steps: ({cluster, site, living}): Step[] => {
		const state = memberStateOf(site, living);
		if (state === undefined || state === 'birth' || state === 'kept') return [];
		const args = [peerUrl(site.address)];
		return [
			{
				kind: 'wait',
				title: `the member of ${site.name} has caught up`,
				until: {sh: caughtUp, args},
				seconds: cluster.timeouts.controlPlaneSeconds,
				diagnose: 'etcd-learner',
			},
			{kind: 'run', title: `let ${site.name} vote`, command: {sh: promote, args}, unless: {sh: votes, args}},
		];
	},
};
