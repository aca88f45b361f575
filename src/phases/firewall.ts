import {type Firewall, firewalls, firewallsOf, loadersOf} from '../checks/firewalls.ts';
import {firewallRules} from '../contract/firewall-needs.ts';
import {firewallShell} from '../contract/firewall-shell.ts';
import {deviceOf} from '../contract/node-address.ts';
import type {Phase, Scope, Step} from '../model.ts';
import {render} from '../render.ts';
import {daemonReload} from './daemon-reload.ts';

/** Where the program lies that opens plain rules again when they are loaded anew, at boot or by a reload. */
const program = '/usr/local/lib/kubestrap/firewall';

/** A firewall that is on lets through what nodes need of each other (contract/firewall-needs.ts), now and later. It is never turned off. */
export const firewall: Phase = {
	name: 'firewall',
	title: 'Open the firewall for the cluster',
	on: 'every',
	steps: (scope): Step[] =>
		scope.cluster.os.firewall === 'open' ? firewallsOf(scope.site).flatMap((one) => opened(scope, one)) : [],
};

function opened(scope: Scope, tool: Firewall): Step[] {
	const rules = firewallRules(scope);
	const args = [tool, ...(tool === 'firewalld' ? [deviceOf(scope.site) ?? ''] : []), ...rules];
	return [
		...(tool === 'chains' ? keptOpen(scope, rules) : []),
		{
			kind: 'run',
			title: `open ${firewalls[tool]}`,
			command: {sh: firewallShell, args: ['open', ...args]},
			unless: {sh: firewallShell, args: ['check', ...args]},
			remedy: `see what it says on the node; or open it by hand and set \`os: {firewall: leave}\`: ${rules.join('; ')}`,
		},
	];
}

function keptOpen({site}: Scope, rules: readonly string[]): Step[] {
	const units = loadersOf(site);
	if (units.length === 0) return [];
	return [
		{kind: 'file', path: program, content: `${firewallShell.trimStart()}`, mode: '0755'},
		...units.map(
			(unit): Step => ({
				kind: 'file',
				path: `/etc/systemd/system/${unit}.d/60-kubestrap.conf`,
				content: render('systemd/firewall.conf', {program, rules}),
				mode: '0644',
			}),
		),
		daemonReload,
	];
}
