import {ownedOf} from '../contract/whose.ts';
import type {Phase, Step} from '../model.ts';
import {systemOf} from '../packages/systems.ts';
import {settingsOfPackages} from '../packages/wanted.ts';

/**
 * Packages that came with us go with their settings, unless something else needs them by now. Those that were there before stay, at the version
 * that they have: their former one is on no machine. They are no longer held if they were not before.
 */
export const resetPackages: Phase = {
	name: 'reset-packages',
	title: 'Remove the packages that were installed',
	on: 'every',
	steps: ({site}): Step[] => {
		const owned = ownedOf(site, 'package');
		if (owned.length === 0) return [];
		const names = (fits: (before: string | null) => boolean) => [
			...new Set(owned.filter(({before}) => fits(before)).map(({name}) => name)),
		];
		const gone = names((before) => before === null);
		const unheld = names((before) => before?.endsWith(' install') ?? false);
		const system = systemOf(site.facts.os);
		if (system !== undefined && system.tool !== 'apt')
			return gone.length === 0 ? [] : [{kind: 'rpmless', title: 'remove the packages that were installed', packages: gone}];
		const noted = ownedOf(site, 'noted').filter(({before}) => before !== null);
		const kept = settingsOfPackages.filter((path) => noted.some(({name}) => name === path));
		return [{kind: 'purged', title: 'remove the packages that were installed', packages: gone, unheld, kept}];
	},
};
