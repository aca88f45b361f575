/** What befalls the operator's line: which trouble, and for how long in each phase. */
import type {Trouble} from './wire.ts';

export type Line = {
	readonly name: string;
	readonly what: string;
	readonly trouble: Trouble;
	/** In each phase; 0: from the beginning to the end. */
	readonly seconds: number;
	readonly minutes: number;
	/** Scenes in which it was seen good from its beginning to its end. */
	readonly seen: readonly string[];
};

export const lines: readonly Line[] = [
	{
		name: 'line-1s',
		what: 'the line is cut for a second in every phase',
		trouble: 'cut',
		seconds: 1,
		minutes: 3,
		seen: ['init', 'join'],
	},
	{
		name: 'line-10s',
		what: 'the line is cut for ten seconds in every phase',
		trouble: 'cut',
		seconds: 10,
		minutes: 5,
		seen: ['init'],
	},
	{name: 'line-deaf', what: 'the line is half open for 20 s in every phase', trouble: 'deaf', seconds: 20, minutes: 6, seen: []},
	{
		name: 'line-gone',
		what: 'the line is cut for good in every phase, and the run gives up',
		trouble: 'cut',
		seconds: 45,
		minutes: 25,
		seen: [],
	},
	{name: 'line-loss', what: 'every fifth packet of the line is lost', trouble: 'loss', seconds: 0, minutes: 3, seen: ['init']},
	{name: 'line-slow', what: 'the line has 1 Mbit/s', trouble: 'slow', seconds: 0, minutes: 2, seen: ['init']},
];
