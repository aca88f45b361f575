/** The results as a table for the terminal, and as Markdown for README. Pure. */
import {breakdown, type Part, type Sample, type Spread, spread} from './figures.ts';
import type {Result} from './scenario.ts';

const shortest = 0.05;

const time = (seconds: number) => (seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`);
const figures = {
	seconds: time,
	MiB: (amount: number) => `${amount.toFixed(0)} MiB`,
	writes: (amount: number) => `${amount} writes`,
} as const;
/** The median first, because it is what the ratio is made of. */
const shown = ({min, median, max}: Spread, figure: (amount: number) => string) =>
	`${figure(median)} (${figure(min)} to ${figure(max)})`;

type Line = {
	readonly work: string;
	readonly against: string;
	readonly ours: string;
	readonly theirs: string;
	readonly ratio: string;
	readonly goal: string;
};

export function lineOf({measure, ours, theirs}: Result): Line {
	const {work, against, goal} = measure;
	const figure = figures[measure.unit ?? 'seconds'];
	const our = spread(ours);
	const said = (reached: boolean, most: string) => `≤ ${most}${reached ? '' : ', missed'}`;
	if (theirs.length === 0) {
		// A single write is one too many, whatever the median says.
		const reached = (measure.unit === 'writes' ? our.max : our.median) <= goal;
		return {work, against, ours: shown(our, figure), theirs: '–', ratio: '–', goal: said(reached, figure(goal))};
	}
	const their = spread(theirs);
	const ratio = our.median / their.median;
	// Judged as it is shown: a reader can check it.
	const reached = Number(ratio.toFixed(2)) <= goal;
	return {
		work,
		against,
		ours: shown(our, figure),
		theirs: shown(their, figure),
		ratio: ratio.toFixed(2),
		goal: said(reached, goal.toFixed(2)),
	};
}

const head = ['work', 'against', 'kubestrap', 'other', 'ratio', 'goal'];
const cells = ({work, against, ours, theirs, ratio, goal}: Line) => [work, against, ours, theirs, ratio, goal];

export function markdown(results: readonly Result[], facts: string): string {
	const rows = [head, head.map(() => '---'), ...results.map((result) => cells(lineOf(result)))];
	return [
		...rows.map((row) => `| ${row.join(' | ')} |`),
		'',
		'Seconds are medians, with the fastest and the slowest run in brackets; the ratio is that of the medians.',
		facts,
		'',
		'Where the seconds went (medians of each part, so they need not add up; phases that run side by side overlap):',
		'',
		...results.flatMap(({measure: {work}, ours, theirs}) => [
			...spentLine(`${work}, kubestrap`, ours),
			...reachedLine(ours),
			...spentLine(`${work}, other`, theirs),
			...reachedLine(theirs),
		]),
		'',
	].join('\n');
}

function spentLine(title: string, samples: readonly Sample[]): string[] {
	const parts = breakdown(samples.map((sample) => sample.parts));
	const long = parts.filter(({seconds}) => seconds >= shortest);
	if (long.length === 0) return [];
	const rest = parts.filter((part) => !long.includes(part)).reduce((sum, {seconds}) => sum + seconds, 0);
	return [`- ${title}: ${said([...long, ...(rest >= shortest ? [{name: 'the rest', seconds: rest}] : [])], 2)}`];
}

/** Kubernetes keeps time in seconds. */
function reachedLine(samples: readonly Sample[]): string[] {
	const parts = breakdown(samples.map(({milestones}) => milestones ?? [])).sort((a, b) => a.seconds - b.seconds);
	return parts.length === 0 ? [] : [`  - reached after: ${said(parts, 0)}`];
}

const said = (parts: readonly Part[], digits: number) =>
	parts.map(({name, seconds}) => `${name} ${seconds.toFixed(digits)}`).join(' · ');

/** Columns for people: the same lines, padded. */
export function table(results: readonly Result[]): string {
	const rows = [head, ...results.map((result) => cells(lineOf(result)))];
	const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
	return rows
		.map((row) =>
			row
				.map((cell, column) => cell.padEnd(width(column)))
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
}
