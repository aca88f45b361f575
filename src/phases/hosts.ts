import {hostsFiles} from '../contract/hosts-files.ts';
import type {Phase, Scope, Step} from '../model.ts';

/** Nodes know each other's names without DNS, when the config asks for it (`os.hosts: block`). The other lines of the files stay. */
export const hosts: Phase = {
	name: 'hosts',
	title: 'Write the names of all nodes into /etc/hosts',
	on: 'every',
	steps: (scope): Step[] =>
		scope.cluster.os.hosts === 'block'
			? hostsFiles(scope.site).map((path): Step => ({kind: 'block', path, lines: names(scope)}))
			: [],
};

/** The nodes of the config, and those of the living cluster that it does not name. */
function names({sites, living}: Scope): string[] {
	const known = new Map(sites.filter(({stage}) => stage !== 'leaving' && stage !== 'gone').map((one) => [one.name, one.address]));
	const gone = new Set(sites.filter(({name}) => !known.has(name)).map(({name}) => name));
	for (const {name, addresses} of living?.nodes ?? []) {
		if (!known.has(name) && !gone.has(name) && addresses[0] !== undefined) known.set(name, addresses[0]);
	}
	return [...known].filter(([, address]) => address !== '').map(([name, address]) => `${address} ${name}`);
}
