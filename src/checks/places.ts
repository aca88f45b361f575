/** Where images and programs come from, as each node sees it. */
import {type Between, type Place, pairsOf} from './between-facts.ts';
import {paths} from './probes.ts';
import {nameServers, resolvConfOf} from './resolver.ts';
import {type Case, type Check, linesOf, said, type Verdict} from './row.ts';

export const placeChecks: readonly Check[] = [
	{
		name: 'Registry',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [paths],
		judge: (one) => (one.between === undefined ? [] : registries(one, one.between)),
	},
	{
		name: 'Binaries',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		judge: (one) => {
			if (one.between === undefined) return [];
			return deadOf(one, one.between, 'binaries').map(({place, why}) => ({
				evidence: `${place.url} does not answer: ${why}`,
				remedy: `nothing to do if your own machine reaches it: what a node cannot fetch is sent over SSH. Else: curl -v ${place.url} on the node; mirror.binaries in the config names another place`,
			}));
		},
	},
];

type Dead = {readonly place: Place; readonly why: string};

/** Places of one kind that gave no HTTP answer, with the reason. */
function deadOf(one: Case, {places, told}: Between, kind: string): Dead[] {
	const answers = new Map(pairsOf(told.get(one.site.name)?.reached));
	return (places.get(one.site.name) ?? []).flatMap((place, index) => {
		const answer = answers.get(String(index));
		if (place.for !== kind || answer === undefined || /^(?:[1-5]\d\d|open|no tool)$/.test(answer)) return [];
		return [{place, why: reason(answer, one)}];
	});
}

/** A registry needs one place that answers; a mirror that does not costs time at each pull. */
function registries(one: Case, between: Between): Verdict[] {
	const all = between.places.get(one.site.name) ?? [];
	const names = [...new Set(all.map((place) => place.for))].filter((name) => name !== 'binaries');
	const hasRuntime = linesOf(said(one.site, paths)).includes('containerd');
	return names.flatMap((name): Verdict[] => {
		const dead = deadOf(one, between, name);
		const isLost = dead.length === all.filter((place) => place.for === name).length;
		const shown = (isLost ? dead : dead.filter(({place}) => place.isMirror)).map(
			({place, why}) => `${place.url}${via(place)}: ${why}`,
		);
		if (shown.length === 0) return [];
		return [
			{
				level: isLost && !hasRuntime ? 'error' : 'warning',
				evidence: `${isLost ? `images of ${name} can be had nowhere` : `a mirror of ${name} does not answer`}: ${shown.join('; ')}`,
				remedy: isLost
					? `name a mirror that the node reaches (mirror.images), carry them in (--bundle), or look on the node: curl -v ${dead[0]!.place.url}`
					: `look on the node: curl -v ${dead[0]!.place.url}; or take it out of mirror.images`,
			},
		];
	});
}

const via = ({proxy}: Place) => (proxy === '' ? '' : ` through the proxy ${proxy.replace(/\/\/[^@/]*@/, '//…@')}`);

/** Words of curl, wget and bash for a name that is not known. */
function reason(answer: string, one: Case): string {
	if (!/could not resolve|unable to resolve|bad address|name or service not known|temporary failure in name/i.test(answer))
		return answer;
	const file = resolvConfOf(one);
	const servers = nameServers(one.site, file) ?? [];
	return `its name does not resolve (${file}: ${servers.length === 0 ? 'no name server' : servers.join(', ')})`;
}
