import {selected} from '../cluster/selectors.ts';
import {joinGroup} from '../contract/joining.ts';
import {objects} from '../contract/objects.ts';
import type {Phase} from '../model.ts';

/**
 * A token for this run alone, in a group of its own that may ask for certificates and nothing else. It lasts an hour at most, for machines
 * on slow lines, and is taken away at the end of the run (join-token-gone).
 */
export const joinToken: Phase = {
	name: 'join-token',
	title: 'Make a token for the machines that join',
	on: 'first',
	steps: ({sites}) => {
		if (selected(sites, 'joining').length === 0) return [];
		const data = {group: Buffer.from(joinGroup).toString('base64'), name: joinGroup, yes: Buffer.from('true').toString('base64')};
		return objects('join-token', data);
	},
};
