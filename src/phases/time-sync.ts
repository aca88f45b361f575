import {timeServices} from '../checks/probes.ts';
import type {Phase, Step} from '../model.ts';
import {installed} from '../packages/installed.ts';
import {systemOf} from '../packages/systems.ts';

/** A machine whose clock nothing keeps gets its distribution's usual program, when the config says so (`os.timeSync: install`). */
export const timeSync: Phase = {
	name: 'time-sync',
	title: 'Keep the clock right',
	on: 'every',
	steps: ({cluster, site, supplies}): Step[] => {
		const system = systemOf(site.facts.os);
		// The clock of a container is its host's.
		if (cluster.os.timeSync !== 'install' || system === undefined || site.facts.container !== undefined) return [];
		const active = timeServices(site);
		const ours = active.length === 0 || active.includes(system.time.unit.replace(/\.service$/, ''));
		if (!ours) return [];
		const {package: name, unit} = system.time;
		return [
			...(supplies === undefined ? [installed(system, [name])] : []),
			{kind: 'service', unit, state: 'started', enabled: true},
		];
	},
};
