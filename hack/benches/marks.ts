/** Where the seconds of a run went: read from what either side says while it works. Pure. */
import type {Event, Summary} from '../../src/model.ts';
import type {Part} from './figures.ts';

/** A moment, in milliseconds since 1970. The lab's nodes share this machine's clock. */
export type Mark = {readonly name: string; readonly at: number};

/** The lines `mark NAME TIME` in a script's output. */
export function marksIn(output: string): Mark[] {
	return [...output.matchAll(/^mark (.+) (\d{13})$/gm)].map(([, name, at]) => ({name: name!, at: Number(at)}));
}

/** The stretches between marks, each called by the mark at its end. */
export function stretches(marks: readonly Mark[]): Part[] {
	return marks.slice(1).map(({name, at}, index) => ({name, seconds: (at - marks[index]!.at) / 1000}));
}

/**
 * From the run's events (`-o json`): what was before the survey, the survey, each phase as long as it took on the node where it took longest,
 * and what was after. Phases can overlap.
 */
export function eventParts(output: string, began: number, ended: number): Part[] {
	const events = output
		.split('\n')
		.filter((line) => line.startsWith('{'))
		.map((line) => JSON.parse(line) as Event);
	const survey = events.find(({type}) => type === 'survey');
	const last = events.findLast(({type}) => type === 'summary');
	if (survey === undefined || last === undefined) throw new Error('the events have no survey, or no summary');
	const {spent} = last.detail as Summary;
	const longest = new Map<string, number>();
	for (const {phase, ms} of spent) longest.set(phase, Math.max(ms, longest.get(phase) ?? 0));
	const surveyed = Date.parse(survey.time) - (survey.ms ?? 0);
	return [
		{name: 'start, connect', seconds: (surveyed - began) / 1000},
		{name: 'survey', seconds: (survey.ms ?? 0) / 1000},
		...[...longest].map(([name, ms]) => ({name, seconds: ms / 1000})),
		{name: 'end', seconds: (ended - Date.parse(last.time)) / 1000},
	];
}
