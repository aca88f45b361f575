/** What is measured: a scenario lets both sides work in turn, and one piece of its work can give the figures of several measures. */
import type {Sample} from './figures.ts';

/** A line of the table. `goal` is the highest ratio of medians, ours by theirs, that is good. */
export type Measure = {
	readonly name: string;
	/** What `--only` calls it. */
	readonly row: string;
	readonly work: string;
	readonly against: string;
	readonly goal: number;
};

/** One side's work, once: a figure for each measure of the scenario, by its name. */
export type Turn = () => Promise<Readonly<Record<string, Sample>>>;

export type Sides = {readonly ours: Turn; readonly theirs: Turn};

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
	const sides = await scenario.open();
	const taken = {ours: [] as Record<string, Sample>[], theirs: [] as Record<string, Sample>[]};
	const measures = scenario.measures.filter(wanted);
	const {repeat = 1} = scenario;
	for (let turn = 1; turn <= runs * repeat; turn++) {
		for (const side of ['ours', 'theirs'] as const) {
			const samples = await sides[side]();
			taken[side].push(samples);
			const said = measures.map(({name}) => `${name} ${samples[name]?.seconds.toFixed(3)} s`);
			if (turn % repeat === 0) tell(`  run ${turn / repeat} of ${runs}, ${side}: ${said.join(', ')}`);
		}
	}
	const of = (side: 'ours' | 'theirs', name: string) => taken[side].flatMap((samples) => samples[name] ?? []);
	return measures.map((measure) => ({measure, ours: of('ours', measure.name), theirs: of('theirs', measure.name)}));
}
