/** A row of the matrix: what is done to machines, lines and operators, and what came of it. */
import type {World} from './world.ts';

export type Options = {
	/** Chooses cases, moments and who dies: the same word, the same run. */
	readonly seed: string;
	/** From 0 to 1: how many of the cases are wanted. */
	readonly share: number;
	/** Cases that an earlier part of the same run has met. */
	readonly done: ReadonlySet<string>;
	/** No further case is begun after this moment (`performance.now()`). */
	readonly until: number;
	readonly tell: (line: string) => void;
	/** Sees everything that the product printed. */
	readonly heard: (text: string) => void;
};

export type Result = {
	/** Ids of the cases that there are, and of those that were run. */
	readonly all: readonly string[];
	readonly met: readonly string[];
	/** A line for each thing that is not as it must be. */
	readonly bad: readonly string[];
	readonly notes: readonly string[];
};

export type Family = {
	readonly name: string;
	readonly what: string;
	/** What it takes on a quiet machine: before the first case and after the last, and all of its cases. */
	readonly base: number;
	readonly minutes: number;
	/** Run with `--full` or by its name alone. */
	readonly unseen?: true;
	/** Machines whose bare state it compares with. */
	readonly compares?: readonly string[];
	readonly run: (world: World, options: Options) => Promise<Result>;
};
