/** What is measured: a scenario lets both sides work in turn, and one piece of its work can give the figures of several measures. */
import type {Sample} from './figures.ts';

/** A line of the table. */
export type Measure = {
	readonly name: string;
	/** What `--only` calls it. */
	readonly row: string;
	readonly work: string;
	/** What the other side does; `–` where there is none. */
	readonly against: string;
	/** The highest ratio of medians, ours by theirs, that is good; where there is no other side, the highest figure. */
	readonly goal: number;
	/** What the figures count; absent: seconds. */
	readonly unit?: 'MiB' | 'writes';
};

/** One side's work, once: a figure for each measure of the scenario, by its name. */
export type Turn = () => Promise<Readonly<Record<string, Sample>>>;

export type Sides = {
	readonly ours: Turn;
	/** Absent: the work has no rival, and its goal is a figure. */
	readonly theirs?: Turn;
	/** Takes away what was made ready. */
	readonly close?: () => Promise<void>;
};

export type Scenario = {
	readonly measures: readonly Measure[];
	/** How often a run plays each side: where a turn is short, or luck (prime numbers) has a part in it, more than once. Default: 1. */
	readonly repeat?: number;
	/** Makes ready what both sides need; nothing of it is measured. */
	readonly open: () => Promise<Sides>;
};

export type Result = {readonly measure: Measure; readonly ours: readonly Sample[]; readonly theirs: readonly Sample[]};

/** A B A B …, so that whatever else the machine does falls on both. Answers the wanted measures only. */
export async function play(
	scenario: Scenario,
	runs: number,
	wanted: (measure: Measure) => boolean,
	tell: (line: string) => void,
): Promise<Result[]> {
	const {close, ...sides} = await scenario.open();
	const taken = {ours: [] as Record<string, Sample>[], theirs: [] as Record<string, Sample>[]};
	const measures = scenario.measures.filter(wanted);
	const {repeat = 1} = scenario;
	try {
		for (let turn = 1; turn <= runs * repeat; turn++) {
			for (const side of ['ours', 'theirs'] as const) {
				const samples = await sides[side]?.();
				if (samples === undefined) continue;
				taken[side].push(samples);
				const said = measures.map(({name, unit}) => `${name} ${shown(samples[name]?.amount, unit)}`);
				if (turn % repeat === 0) tell(`  run ${turn / repeat} of ${runs}, ${side}: ${said.join(', ')}`);
			}
		}
	} finally {
		await close?.();
	}
	const of = (side: 'ours' | 'theirs', name: string) => taken[side].flatMap((samples) => samples[name] ?? []);
	return measures.map((measure) => ({measure, ours: of('ours', measure.name), theirs: of('theirs', measure.name)}));
}

const shown = (amount = Number.NaN, unit?: string) =>
	unit === undefined ? `${amount.toFixed(3)} s` : `${amount.toFixed(0)} ${unit}`;
