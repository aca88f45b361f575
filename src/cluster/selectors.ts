import type {NodeSpec, Selector, Site} from '../model.ts';

/** What a node is called before the survey has settled its name: the key of Hosts and Facts. */
export const keyOf = (spec: Pick<NodeSpec, 'name' | 'address'>): string => spec.name ?? spec.address;

/** The sites that a phase or check runs on, in the order of the config. */
export function selected(sites: readonly Site[], selector: Selector): Site[] {
	if (selector === 'every') return [...sites];
	if (selector === 'first') return sites.filter(({role}) => role === 'control-plane').slice(0, 1);
	return sites.filter(({role}) => role === selector);
}
