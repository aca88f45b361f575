/** Families of the operator that dies: every step of init, join, node remove and reset, before, during and after it. */

import {drawn} from './draw.ts';
import type {Family} from './family.ts';
import {planNow, type Verb} from './plans.ts';
import {climb} from './stairs.ts';
import {caseOf, idOf, moments, rowsOf} from './table.ts';
import {born, joiners, type State, type World} from './world.ts';

type Scene = {
	readonly verb: Verb;
	readonly what: string;
	readonly from: State;
	readonly to: State;
	readonly config: readonly string[];
	readonly names?: readonly string[];
	readonly args: (config: string, world: World) => readonly string[];
	/** Done to the machines before the first run. */
	readonly before?: (world: World) => Promise<void>;
	readonly prove: (world: World, args: readonly string[]) => Promise<readonly string[]>;
};

const everybody = [...born, ...joiners];

const scenes: readonly Scene[] = [
	{
		verb: 'init',
		what: 'a cluster is born: a control plane and a worker',
		from: 'bare',
		to: 'born',
		config: born,
		args: (config, {stage}) => ['init', '-c', config, '--kubeconfig', stage.kubeconfig],
		prove: (world, args) => world.living(born, args),
	},
	{
		verb: 'join',
		what: 'a control plane and a worker come to it',
		from: 'born',
		to: 'grown',
		config: everybody,
		args: (config) => ['join', '-c', config],
		prove: (world, args) => world.living(everybody, args),
	},
	{
		verb: 'remove',
		what: 'a control plane and a worker leave it',
		from: 'grown',
		to: 'born',
		config: everybody,
		names: joiners,
		args: (config) => ['node', 'remove', ...joiners, '-y', '-c', config],
		prove: async (world, args) => [...(await world.living(born, args)), ...(await world.given(joiners))],
	},
	{
		verb: 'reset',
		what: 'the machines of a cluster are given back',
		from: 'born',
		to: 'bare',
		config: born,
		args: (config) => ['reset', '-y', '-c', config],
		before: (world) => world.guard(born),
		prove: async (world) => [...(await world.guarded(born)), ...(await world.given(born))],
	},
];

export const operators: readonly Family[] = scenes.map(
	({verb, what, from, to, config, names, args, before, prove}): Family => ({
		name: verb,
		what: `the operator is killed: ${what}`,
		...(verb === 'remove' ? {compares: joiners} : verb === 'reset' ? {compares: born} : {}),
		minutes: {init: 9, join: 8, remove: 4, reset: 4}[verb],
		run: async (world, options) => {
			await world.be(from);
			const file = world.config(...config);
			const rows = rowsOf(await planNow(verb, file, names));
			const all = [...new Set(rows.map(idOf))].flatMap((row) => moments.map((moment) => caseOf(row, moment)));
			const wanted = drawn(all, options);
			const words = args(file, world);
			await before?.(world);
			const climbed = await climb(world.stage, {args: words, rows, wanted, ...options});
			const problems = climbed.bad.length > 2 ? ['it did not come to its end'] : await prove(world, words);
			world.state = problems.length === 0 ? to : 'broken';
			const met = all.filter((one) => climbed.covered.has(one));
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
