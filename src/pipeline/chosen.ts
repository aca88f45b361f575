import {ConfigError} from '../errors.ts';
import type {NodeSpec, Site} from '../model.ts';

export const isCalled = (spec: NodeSpec, name: string): boolean => spec.name === name || spec.address === name;

/** The sites that are meant by name or address; all when nobody was named. Throws ConfigError for each name that is none. */
export function chosen(sites: readonly Site[], names: readonly string[]): Site[] {
	const isSite = (site: Site, name: string) => site.name === name || isCalled(site.spec, name);
	const unknown = names.filter((name) => !sites.some((site) => isSite(site, name)));
	if (unknown.length > 0) {
		const known = sites.map(({name}) => name).join(', ');
		throw new ConfigError(
			unknown.map((name) => ({message: `${name} is no node of this config`, hint: `the nodes are ${known}`})),
		);
	}
	return names.length === 0 ? [...sites] : sites.filter((site) => names.some((name) => isSite(site, name)));
}
