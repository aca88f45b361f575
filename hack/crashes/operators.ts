/** Families of the operator that dies: every step of init, join, node remove and reset, before, during and after it. */
import {drawn} from './draw.ts';
import type {Family} from './family.ts';
import {comparesOf, scenes, setUp} from './scenes.ts';
import {climb} from './stairs.ts';
import {caseOf, idOf, moments} from './table.ts';
import type {World} from './world.ts';

/** Before anything is at work on a machine: the operator dies when he has said this. */
const beforehand = ['run', 'survey'] as const;

async function killedAt({stage}: World, args: readonly string[], type: (typeof beforehand)[number]): Promise<void> {
	const running = stage.start(args);
	await running.seen((event) => event.type === type);
	running.kill('SIGKILL');
	await running.done;
}

export const operators: readonly Family[] = scenes.map((scene): Family => {
	const {name, what, to, phases = () => true, base, minutes, prove} = scene;
	return {
		name,
		what: `the operator is killed: ${what}`,
		...comparesOf(scene),
		base,
		minutes,
		run: async (world, options) => {
			const {args: words, rows, until} = await setUp(world, scene, options.until);
			const steps = [...new Set(rows.filter(({phase}) => phases(phase)).map(idOf))].flatMap((row) =>
				moments.map((moment) => caseOf(row, moment)),
			);
			const all = [...beforehand.map((type) => `operator/${type}`), ...steps];
			const wanted = drawn(all, options);
			const first = beforehand.filter((type) => wanted.includes(`operator/${type}`));
			for (const type of first) await killedAt(world, words, type);
			const climbed = await climb(world.stage, {
				args: words,
				rows,
				wanted: wanted.filter((one) => steps.includes(one)),
				...options,
				until,
			});
			const problems = climbed.bad.length > 2 ? ['it did not come to its end'] : await prove(world, words);
			world.state = problems.length === 0 ? to : 'broken';
			const met = all.filter((one) => climbed.covered.has(one) || first.some((type) => one === `operator/${type}`));
			return {
				all,
				met,
				bad: [
					...problems.map((problem) => `at the end of all: ${problem}`),
					...climbed.bad,
					...climbed.stuck.map((one) => `${one}: more than one rerun`),
					...climbed.strangers.map((one) => `a step without cases: ${one}`),
				],
				notes: [
					`${climbed.runs} runs; ${[...climbed.covered.values()].filter((who) => who === 'operator').length} cases with the operator alone killed`,
					...[...climbed.missed].filter((one) => wanted.includes(one)).map((one) => `too quick: ${one}`),
				],
			};
		},
	};
});
