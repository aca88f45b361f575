/** What the product is doing while something befalls it: the verbs of a cluster's life, and what is to be true when each has come to its end. */
import {prepared} from '../laboratory/prepared.ts';
import {planNow, type Verb} from './plans.ts';
import {type Row, rowsOf} from './table.ts';
import {born, joiners, type State, type World} from './world.ts';

export type Scene = {
	readonly name: string;
	readonly verb: Verb;
	readonly what: string;
	readonly from: State;
	readonly to: State;
	readonly config: readonly string[];
	readonly names?: readonly string[];
	/** The command ends before the verb has: what befalls phases befalls them in the whole. */
	readonly part?: true;
	/** Whose steps are cases of the operator's death; absent: all. */
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

export const scenes: readonly Scene[] = [
	{
		name: 'prepare',
		part: true,
		verb: 'init',
		what: 'machines are made ready for a cluster (init, before the first certificate)',
		from: 'bare',
		to: 'broken',
		config: born,
		phases: (phase) => early.includes(phase),
		base: 0.5,
		minutes: 25,
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
		what: 'a cluster is born: a control plane and a worker',
		from: 'bare',
		to: 'born',
		config: born,
		phases: (phase) => !early.includes(phase),
		base: 1,
		minutes: 20,
		args: (config, {stage}) => ['init', '-c', config, '--kubeconfig', stage.kubeconfig],
		prove: (world, args) => world.living(born, args),
	},
	{
		name: 'join',
		verb: 'join',
		base: 2,
		minutes: 45,
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
		minutes: 40,
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
		minutes: 25,
		what: 'the machines of a cluster are given back',
		from: 'born',
		to: 'bare',
		config: born,
		args: (config) => ['reset', '-y', '-c', config],
		before: (world) => world.guard(born),
		prove: async (world) => [...(await world.guarded(born)), ...(await world.given(born))],
	},
];

export type Ready = {
	/** The command, as words. */
	readonly args: readonly string[];
	readonly rows: readonly Row[];
	/** `NODE/PHASE` of every phase that has a step there, in order. */
	readonly phases: readonly string[];
	/** No case is begun after this moment: that the machines were made as they should be is not the cases' fault. */
	readonly until: number;
};

/** Milliseconds that a family has for its cases, however slow the machines are. */
const least = 20_000;

/** The machines in the state that it begins with, and what the product is about to do there. */
export async function setUp(world: World, {from, config, names, verb, args, before}: Scene, until: number): Promise<Ready> {
	await world.be(from);
	const file = world.config(...config);
	const rows = rowsOf(await planNow(verb, file, names));
	await before?.(world);
	const own = rows.filter(({node, machine}) => node === machine);
	const phases = [...new Set(own.map(({node, phase}) => `${node}/${phase}`))];
	return {args: args(file, world), rows, phases, until: Math.max(until, performance.now() + least)};
}

/** Verbs from their first phase to their last. */
export const verbs = scenes.filter(({part}) => !part);

/** Machines that are compared with what they were when they were bare. */
export const comparesOf = ({verb}: Scene) => (verb === 'remove' ? {compares: joiners} : verb === 'reset' ? {compares: born} : {});
