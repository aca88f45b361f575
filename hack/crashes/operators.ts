/** Families of the operator that dies: every step of init, join, node remove and reset, before, during and after it. */

import {prepared} from '../laboratory/prepared.ts';
import {drawn} from './draw.ts';
import type {Family} from './family.ts';
import {planNow, type Verb} from './plans.ts';
import {climb} from './stairs.ts';
import {caseOf, idOf, moments, rowsOf} from './table.ts';
import {born, joiners, type State, type World} from './world.ts';

type Scene = {
	readonly name: string;
	readonly verb: Verb;
	readonly what: string;
	readonly from: State;
	readonly to: State;
	readonly config: readonly string[];
	readonly names?: readonly string[];
	/** Whose steps are its cases; absent: all. */
	readonly phases?: (phase: string) => boolean;
	/** What it takes, as a family says it. */
	readonly base: number;
	readonly minutes: number;
	readonly args: (config: string, world: World) => readonly string[];
	/** Done to the machines before the first run. */
	readonly before?: (world: World) => Promise<void>;
	readonly prove: (world: World, args: readonly string[]) => Promise<readonly string[]>;
};

const everybody = [...born, ...joiners];

const early = prepared.split(',');

const scenes: readonly Scene[] = [
	{
		name: 'prepare',
		verb: 'init',
		what: 'machines are made ready for a cluster (init, before the first certificate)',
		from: 'bare',
		to: 'broken',
		config: born,
		phases: (phase) => early.includes(phase),
		base: 0.5,
		minutes: 6,
		args: (config) => ['init', '-c', config, '--only-phases', prepared],
		// The kubelet is laid down, and nothing has started it yet.
		prove: async (world, args) => [
			...(await world.second(args)),
			...(await world.strays(born)).filter((line) => !line.endsWith('pending: kubelet.service')),
		],
	},
	{
		name: 'init',
		verb: 'init',
		what: 'a cluster is born: a control plane and a worker (from the first certificate on)',
		from: 'bare',
		to: 'born',
		config: born,
		phases: (phase) => !early.includes(phase),
		base: 1,
		minutes: 5,
		args: (config, {stage}) => ['init', '-c', config, '--kubeconfig', stage.kubeconfig],
		prove: (world, args) => world.living(born, args),
	},
	{
		name: 'join',
		verb: 'join',
		base: 2,
		minutes: 8,
		what: 'a control plane and a worker come to it',
		from: 'born',
		to: 'grown',
		config: everybody,
		args: (config) => ['join', '-c', config],
		prove: (world, args) => world.living(everybody, args),
	},
	{
		name: 'remove',
		verb: 'remove',
		base: 2.5,
		minutes: 4,
		what: 'a control plane and a worker leave it',
		from: 'grown',
		to: 'born',
		config: everybody,
		names: joiners,
		args: (config) => ['node', 'remove', ...joiners, '-y', '-c', config],
		prove: async (world, args) => [...(await world.living(born, args)), ...(await world.given(joiners))],
	},
	{
		name: 'reset',
		verb: 'reset',
		base: 1.5,
		minutes: 4,
		what: 'the machines of a cluster are given back',
		from: 'born',
		to: 'bare',
		config: born,
		args: (config) => ['reset', '-y', '-c', config],
		before: (world) => world.guard(born),
		prove: async (world) => [...(await world.guarded(born)), ...(await world.given(born))],
	},
];

/** Before anything is at work on a machine: the operator dies when he has said this. */
const beforehand = ['run', 'survey'] as const;

async function killedAt({stage}: World, args: readonly string[], type: (typeof beforehand)[number]): Promise<void> {
	const running = stage.start(args);
	await running.seen((event) => event.type === type);
	running.kill('SIGKILL');
	await running.done;
}

export const operators: readonly Family[] = scenes.map(
	({name, verb, what, from, to, config, names, phases = () => true, base, minutes, args, before, prove}): Family => ({
		name,
		what: `the operator is killed: ${what}`,
		...(verb === 'remove' ? {compares: joiners} : verb === 'reset' ? {compares: born} : {}),
		...(['remove', 'reset'].includes(name) ? {unseen: true} : {}),
		base,
		minutes,
		run: async (world, options) => {
			await world.be(from);
			const file = world.config(...config);
			const rows = rowsOf(await planNow(verb, file, names));
			const steps = [...new Set(rows.filter(({phase}) => phases(phase)).map(idOf))].flatMap((row) =>
				moments.map((moment) => caseOf(row, moment)),
			);
			const all = [...beforehand.map((type) => `operator/${type}`), ...steps];
			const wanted = drawn(all, options);
			const words = args(file, world);
			await before?.(world);
			const first = beforehand.filter((type) => wanted.includes(`operator/${type}`));
			for (const type of first) await killedAt(world, words, type);
			const climbed = await climb(world.stage, {
				args: words,
				rows,
				wanted: wanted.filter((one) => steps.includes(one)),
				...options,
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
	}),
);
