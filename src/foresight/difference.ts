/** What a plan shows: where the machines and the cluster are not as they are wanted. All of it plain data, without secrets. */
import type {PlannedPhase, Step} from '../model.ts';

/** A step as it was looked at on one node. */
export type Look = {
	readonly node: string;
	readonly phase: string;
	readonly title: string;
	readonly label: string;
	readonly step: Step;
	/** Hash of what the step wants, secrets by their names. */
	readonly input: string;
	/** A secret of it will be made anew. */
	readonly made: boolean;
	readonly differs: boolean;
	/** What is there instead, by key, as the node said it (src/steps/shows.ts); empty when nothing differs. */
	readonly shown: Shown;
};
export type Shown = Readonly<Record<string, readonly string[]>>;

/** `waits`: nothing is changed, but something is waited for that is not so yet. */
export type Change = 'make' | 'change' | 'remove' | 'restart' | 'run' | 'wait';

/** What happens to one thing on one node. `unknown` as `from`: it cannot be known before earlier steps are done. */
export type Difference = {
	readonly node: string;
	readonly phase: string;
	readonly title: PlannedPhase['title'];
	readonly kind: Step['kind'];
	readonly name: string;
	readonly change: Change;
	readonly from?: string;
	readonly to?: string;
	/** Unified, without file names. */
	readonly diff?: string;
};

/** What several nodes have in common. */
export type Agreed = Omit<Difference, 'node'> & {readonly nodes: readonly string[]};
