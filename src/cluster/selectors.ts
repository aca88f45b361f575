import type {NodeSpec, Selector, Site} from '../model.ts';

/** What a node is called before the survey has settled its name: the key of Hosts and Facts. */
export const keyOf = (spec: Pick<NodeSpec, 'name' | 'address'>): string => spec.name ?? spec.address;

const isControlPlane = ({role}: Site): boolean => role === 'control-plane';
const isJoining = ({stage}: Site): boolean => stage === 'joining';
const isLeaving = ({stage}: Site): boolean => stage === 'leaving' || stage === 'gone';
const isSettled = (site: Site): boolean => !isJoining(site) && !isLeaving(site);

/** What each selector picks. `first` looks at no site alone, so it is no row. */
const rows: Readonly<Record<Exclude<Selector, 'first'>, (site: Site) => boolean>> = {
	every: () => true,
	'control-plane': isControlPlane,
	worker: ({role}) => role === 'worker',
	settled: isSettled,
	'settled-control-plane': (site) => isControlPlane(site) && isSettled(site),
	joining: isJoining,
	'joining-control-plane': (site) => isControlPlane(site) && isJoining(site),
	'joining-worker': (site) => !isControlPlane(site) && isJoining(site),
	leaving: isLeaving,
	'leaving-control-plane': (site) => isControlPlane(site) && isLeaving(site),
	'leaving-machine': ({stage}) => stage === 'leaving',
};

/** The sites that a phase or check runs on, in the order of the config. */
export function selected(sites: readonly Site[], selector: Selector): Site[] {
	if (selector !== 'first') return sites.filter(rows[selector]);
	const first = firstOf(sites);
	return first ? [first] : [];
}

/** Where the cluster's objects are made: the one whose API server answered us, else the first control plane that is neither joining nor leaving. */
export function firstOf(sites: readonly Site[]): Site | undefined {
	const there = sites.filter(rows['settled-control-plane']);
	return there.find(({seat}) => seat) ?? there[0];
}
