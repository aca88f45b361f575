import {firewallRecord, firewallShell} from '../contract/firewall-shell.ts';
import {ownedOf} from '../contract/whose.ts';
import type {Phase, Step} from '../model.ts';

/** What we opened is closed again, and nothing else; a rule that was there before us stays. */
export const resetFirewall: Phase = {
	name: 'reset-firewall',
	title: 'Close what was opened in the firewall',
	on: 'every',
	steps: ({site}): Step[] =>
		ownedOf(site, 'run').some(({name}) => name.startsWith('open '))
			? [
					{
						kind: 'run',
						title: 'close the firewall',
						command: {sh: firewallShell, args: ['close']},
						unless: {sh: `[ ! -s ${firewallRecord} ]`},
						remedy: `the rules are in ${firewallRecord} on the node, a line each: take them out by hand, then that file`,
					},
				]
			: [],
};
