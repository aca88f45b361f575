import {selected} from '../cluster/selectors.ts';
import {noStray, removeStray} from '../contract/etcd-changes.ts';
import {memberStateOf, peerUrl} from '../contract/etcd-state.ts';
import type {Phase, Step} from '../model.ts';

/** A learner that this run added and that never started is taken out again: it would be in the way of the next one. */
export const etcdStray: Phase = {
	name: 'etcd-stray',
	title: 'Take out learners that never started',
	on: 'first',
	always: true,
	steps: ({sites, living}): Step[] => {
		const came = selected(sites, 'control-plane').filter((site) =>
			['add', 'replace', 'promote'].includes(memberStateOf(site, living) ?? ''),
		);
		const args = came.map((site) => peerUrl(site.address));
		if (living?.members === undefined || args.length === 0) return [];
		return [
			{
				kind: 'run',
				title: 'no learner is left that never started',
				command: {sh: removeStray, args},
				unless: {sh: noStray, args},
			},
		];
	},
};
