/**
 * The staircase: one set of machines goes through all cases of a verb in turn. A run is killed in the first case that is still wanted; the same
 * command goes on where that one stopped and is killed in the next. So each case is proved by the run after it, which must come further, and all of
 * them together by the last run, which must come to its end.
 */
import type {Stage} from '../../test/e2e/stage.ts';
import {affordable, chance} from './draw.ts';
import {hunt} from './hunt.ts';
import {idOf, patience, type Row} from './table.ts';

export type Stairs = {
	/** The command, as words. */
	readonly args: readonly string[];
	readonly rows: readonly Row[];
	readonly wanted: readonly string[];
	readonly seed: string;
	/** What earlier parts of the same run have met. */
	readonly done: ReadonlySet<string>;
	/** No further case is begun after this moment (`performance.now()`). */
	readonly until: number;
	readonly tell: (line: string) => void;
	/** Sees everything that was printed: nothing secret may be in it. */
	readonly heard: (text: string) => void;
};

export type Climbed = {
	readonly runs: number;
	/** Case → who was killed there. */
	readonly covered: ReadonlyMap<string, string>;
	/** They were over before the blow fell. */
	readonly missed: ReadonlySet<string>;
	/** Runs that ended badly although nobody killed them, with what they said. */
	readonly bad: readonly string[];
	/** More than one rerun was needed after these. */
	readonly stuck: readonly string[];
	readonly strangers: readonly string[];
};

/** A second for each step, and a minute for what the machines do beside. */
const limitFor = (steps: number) => 60_000 + 1000 * steps;

/** Runs until every wanted case was met or is past, or the time is over; then once more without anybody killing. */
export async function climb(stage: Stage, stairs: Stairs): Promise<Climbed> {
	const {args, rows, seed, tell} = stairs;
	// What was over before the blow fell is met earlier in the next part.
	const quicker = stairs.done.size > 0 ? 0.2 : 1;
	let left = new Set(stairs.wanted);
	const start = performance.now();
	const covered = new Map<string, string>();
	const missed = new Set<string>();
	const strangers = new Set<string>();
	const bad: string[] = [];
	const stuck: string[] = [];
	let last: readonly string[] = [];
	let failures = 0;
	let vain = 0;
	let runs = 0;
	for (;;) {
		// A run meets the end of one step and the beginning of the next, and who was at work on other machines.
		left = affordable(left, {seed, runs, began: start, now: performance.now(), until: stairs.until, each: 2});
		const isLast = left.size === 0 || performance.now() > stairs.until;
		const wanted = Object.fromEntries(
			isLast ? [] : [...left].map((one) => [one, chance(seed, 'who', one) < 0.5 ? 'both' : 'operator'] as const),
		);
		const delays = Object.fromEntries(
			rows.map((row) => [idOf(row), Math.floor(patience[row.kind] * quicker * chance(seed, 'delay', idOf(row)))]),
		);
		runs += 1;
		const began = performance.now();
		const {run, report, hung} = await hunt(stage, args, {rows, wanted, delays, linger: 700, limitMs: limitFor(rows.length)});
		stairs.heard(`${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`);
		if (runs === 1) for (const stranger of report.strangers) strangers.add(stranger);
		const before = left.size;
		for (const {covered: here, missed: gone, who} of report.strikes) {
			for (const one of here) if (!covered.has(one)) covered.set(one, who);
			for (const one of gone) if (!covered.has(one)) missed.add(one);
			for (const one of [...here, ...gone]) left.delete(one);
		}
		const struck = report.strikes.length > 0;
		vain = struck && left.size === before ? vain + 1 : 0;
		if (vain === 3) {
			bad.push(`struck three times where no case was left: ${report.strikes.flatMap((strike) => strike.covered).join(', ')}`);
			left = new Set();
		}
		if (!struck && (hung || run.code !== 0)) {
			failures += 1;
			const said = run.stderr.trim().split('\n').slice(-12).join('\n');
			bad.push(`after ${last.slice(0, 3).join(', ') || 'nothing'}: ${hung ? 'hung' : `exit ${run.code}`}\n${said}`);
			tell(`  run ${runs}: ${bad.at(-1)}`);
			if (failures === 2) stuck.push(...last);
			if (failures === 3) break;
			continue;
		}
		failures = 0;
		if (!struck) break;
		last = report.strikes.flatMap((strike) => strike.covered);
		tell(
			`  run ${runs}: ${report.strikes.map(({who, covered: [one = '-']}) => `${who} ${one}`).join(' · ')}; ${left.size} left, ${Math.round(performance.now() - began)} ms`,
		);
	}
	return {runs, covered, missed, bad, stuck, strangers: [...strangers]};
}
