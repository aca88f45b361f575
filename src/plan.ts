import {firstOf, selected} from './cluster/selectors.ts';
import {headerHost} from './identity/secret-names.ts';
import type {Chapter, Phase, Plan, PlannedPhase, Recipe, Scope, Site} from './model.ts';
import {secretsOf} from './steps/content.ts';

type Pair = Chapter['awaits'][number];

/**
 * What will be done on every node, as a frozen value without secrets. Pure: nothing is decided after this.
 * A node's phases are cut into chapters, each of which runs as one program. A new chapter begins
 * - at a gate that needs something of another node (`after`, or the previous node of a `one-by-one` phase);
 * - where a phase needs a background phase of an earlier chapter;
 * - before the first phase with secrets that must be made, so that machines are prepared while keys are generated;
 * - before a phase that says so (`apart`);
 * - where the machine that does it is another one (`at`).
 * Phases that are done in every outcome (`always`) are planned apart.
 */
export function plan(recipe: Recipe, scope: Omit<Scope, 'site'>): Plan {
	const {cluster, sites, identity} = scope;
	const walks = (phases: readonly Phase[]) => {
		const where = new Map(phases.map((phase) => [phase, selected(sites, phase.on)] as const));
		return sites.map((site) => {
			const lane = new Lane(site, where, firstOf(sites)?.name);
			for (const [phase, on] of where) {
				const steps = on.includes(site) ? phase.steps({...scope, site}) : [];
				// A program on another machine is worth its round trip only when there is something to do.
				if (on.includes(site) && (steps.length > 0 || !phase.at)) lane.add(phase, steps);
			}
			return {node: site.name, chapters: lane.chapters};
		});
	};
	const {kubernetesVersion: version} = cluster.configuration;
	return frozen({
		recipe: recipe.name,
		cluster: {id: identity.clusterId, name: cluster.name, version, birthMembers: birthMembers(sites)},
		nodes: walks(recipe.phases.filter(({always}) => !always)),
		closing: walks(recipe.phases.filter(({always}) => always)).filter(({chapters}) => chapters.length > 0),
	});
}

type Draft = {name: string; at?: string; awaits: Pair[]; phases: PlannedPhase[]};

/** The phases of one node, as they are cut into chapters. */
class Lane {
	readonly chapters: Draft[] = [];
	readonly site: Site;
	readonly where: ReadonlyMap<Phase, readonly Site[]>;
	readonly first: string | undefined;
	secretsSeen = false;

	constructor(site: Site, where: ReadonlyMap<Phase, readonly Site[]>, first: string | undefined) {
		this.site = site;
		this.where = where;
		this.first = first;
	}

	add(phase: Phase, steps: PlannedPhase['steps']): void {
		const {name, title, background = false} = phase;
		const gates = this.#gates(phase);
		const foreign = gates.filter(({node}) => node !== this.site.name);
		const wanted = [...(phase.needs ?? []), ...gates.filter(({node}) => node === this.site.name).map((gate) => gate.phase)];
		const behind = [...new Set(wanted)].filter((need) => this.#isBackground(need));
		const at = phase.at === 'first' && this.first !== this.site.name ? this.first : undefined;
		const last = this.chapters.at(-1);
		const current = last?.at === at ? last : undefined;
		const inside = behind.filter((need) => current?.phases.some((other) => other.name === need));
		const earlier = behind.filter((need) => !inside.includes(need)).map((need) => ({node: this.site.name, phase: need}));
		const awaits = [...foreign, ...earlier];
		const firstSecret = !this.secretsSeen && steps.some((step) => secretsOf(step).some((id) => headerHost(id) === undefined));
		this.secretsSeen ||= firstSecret;
		if (current === undefined || awaits.length > 0 || firstSecret || phase.apart) {
			const own = inside.map((need) => ({node: this.site.name, phase: need}));
			const phases = [{name, title, background, needs: [], steps}];
			this.chapters.push({name, ...(at === undefined ? {} : {at}), awaits: [...awaits, ...own], phases});
		} else {
			current.phases.push({name, title, background, needs: inside, steps});
		}
	}

	#isBackground(name: string): boolean {
		return this.chapters.some(({phases}) => phases.some((phase) => phase.name === name && phase.background));
	}

	/** What has to be done before this phase: of every node its last foreground phase so far, and its background phases. */
	#gates({name, after, pace}: Phase): Pair[] {
		const phases = [...this.where];
		const before = phases.slice(
			0,
			phases.findIndex(([phase]) => phase.name === name),
		);
		const on = phases.find(([phase]) => phase.name === name)?.[1] ?? [];
		const pairs: Pair[] = [];
		if (after === 'all-nodes') {
			for (const site of new Set(before.flatMap(([, sites]) => sites.filter(({stage}) => stage !== 'joining')))) {
				const there = before.filter(([, sites]) => sites.includes(site)).map(([phase]) => phase);
				const last = there.findLast(({background}) => !background);
				const waited = there.filter((phase) => phase.background || phase === last);
				pairs.push(...waited.map((phase) => ({node: site.name, phase: phase.name})));
			}
		} else if (after) {
			const there = before.find(([phase]) => phase.name === after.phase)?.[1] ?? [];
			pairs.push(...there.map((site) => ({node: site.name, phase: after.phase})));
		}
		const previous = pace === undefined ? undefined : on[on.indexOf(this.site) - 1];
		const through = typeof pace === 'object' ? pace.through : name;
		return previous ? [...pairs, {node: previous.name, phase: through}] : pairs;
	}
}

/** The control planes that the cluster is born with: those of the first record of it, for as long as it lives. */
function birthMembers(sites: readonly Site[]): string[] {
	const recorded = sites.find(({facts}) => (facts.ownership?.birthMembers.length ?? 0) > 0);
	return [...(recorded?.facts.ownership?.birthMembers ?? selected(sites, 'settled-control-plane').map(({name}) => name))];
}

function frozen<T>(value: T): T {
	if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
	Object.freeze(value);
	for (const part of Object.values(value)) frozen(part);
	return value;
}
