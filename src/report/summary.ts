/** What a run has come to: what changed, where the seconds went, what failed, what to do next. */
import type {Summary} from '../model.ts';
import {failuresText} from './failure.ts';
import type {Paint} from './paint.ts';
import {plainLine} from './plain.ts';
import {seconds} from './seconds.ts';

export type Closing = {
	/** The first line, without counts: `cluster prod is up: …`. */
	readonly headline: string;
	/** Commands and hints for the operator, each a line. */
	readonly next: readonly string[];
};

const phasesShown = 5;

/** The summary as lines for people. */
export function summaryText(summary: Summary, closing: Closing, paint: Paint): string {
	const mark = summary.ok ? paint.good('done:') : paint.bad('failed:');
	const sum = summary.changed + summary.unchanged + summary.failed;
	const counts = [`${summary.changed} changed`, `${summary.unchanged} unchanged`, `${summary.failed} failed`].join(', ');
	const took = seconds(summary.ms);
	return [
		...failuresText(summary.failures, paint),
		`${mark} ${plainLine(closing.headline, 500)}${sum === 0 ? ` (${took})` : ''}`,
		...(sum === 0 ? [] : [`  ${counts}, ${took}`]),
		...section('where the seconds went', timeline(summary.spent)),
		...section(
			'next',
			closing.next.map((line) => plainLine(line, 1000)),
		),
	].join('\n');
}

function section(title: string, body: readonly string[]): string[] {
	return body.length === 0 ? [] : [`${title}:`, ...body.map((line) => `  ${line}`)];
}

/** One line per node, slowest first: the node's sum, its longest phases, and the rest together. */
export function timeline(spent: Summary['spent']): string[] {
	const byNode = Map.groupBy(spent, ({node}) => node);
	const width = Math.max(0, ...[...byNode.keys()].map((node) => node.length));
	const sum = (rows: Summary['spent']) => rows.reduce((ms, row) => ms + row.ms, 0);
	return [...byNode]
		.sort(([a, left], [b, right]) => sum(right) - sum(left) || a.localeCompare(b))
		.map(([node, rows]) => {
			const sorted = rows.toSorted((a, b) => b.ms - a.ms || a.phase.localeCompare(b.phase));
			const rest = sorted.slice(phasesShown);
			const shown = sorted.slice(0, phasesShown).map(({phase, ms}) => `${phase} ${seconds(ms)}`);
			if (rest.length > 0) shown.push(`${rest.length} more ${seconds(sum(rest))}`);
			return `${plainLine(node).padEnd(width)}  ${shown.join(' · ')}`;
		});
}
