/** What befalls the operator's line: which trouble, and for how long in each phase. */
import type {Trouble} from './wire.ts';

export type Line = {
	readonly name: string;
	readonly what: string;
	readonly trouble: Trouble;
	/** In each phase; 0: from the beginning to the end. */
	readonly seconds: number;
	readonly minutes: number;
	/** Run with `--full` alone: it takes minutes for each case. */
	readonly unseen?: true;
};

export const lines: readonly Line[] = [
	{
		name: 'line-1s',
		what: 'the line is cut for a second in every phase',
		trouble: 'cut',
		seconds: 1,
		minutes: 3,
	},
	{
		name: 'line-10s',
		what: 'the line is cut for ten seconds in every phase',
		trouble: 'cut',
		seconds: 10,
		minutes: 5,
	},
	{
		name: 'line-deaf',
		what: 'the line is half open for 20 s in every phase',
		trouble: 'deaf',
		seconds: 20,
		minutes: 6,
	},
	{
		name: 'line-gone',
		what: 'the line is cut for good in every phase, and the run gives up',
		trouble: 'cut',
		seconds: 45,
		minutes: 25,
		unseen: true,
	},
	{name: 'line-loss', what: 'every fifth packet of the line is lost', trouble: 'loss', seconds: 0, minutes: 3},
	{name: 'line-slow', what: 'the line has 1 Mbit/s', trouble: 'slow', seconds: 0, minutes: 2},
];
