/** Families of the machine that dies: its power is cut, or it is shut down and comes back, in every phase of every verb. */
import type {Lab} from '../laboratory/lab.ts';
import {chain} from './chain.ts';
import {chance, drawn} from './draw.ts';
import type {Family} from './family.ts';
import {comparesOf, type Scene, setUp, verbs} from './scenes.ts';

/** Milliseconds of a run, with the time that a machine takes to shut down. */
const longest = 420_000;

type Death = {
	readonly name: string;
	readonly what: string;
	readonly die: (lab: Lab, node: string) => Promise<void>;
};

const deaths: readonly Death[] = [
	{
		name: 'power',
		what: 'the power of a machine is cut in every phase',
		die: async (lab, node) => {
			await lab.powerCut(node);
			await lab.boot(node);
		},
	},
	{
		name: 'reboot',
		what: 'a machine is shut down and boots again in every phase',
		die: (lab, node) => lab.reboot(node),
	},
];

const family = ({name: death, what, die}: Death, scene: Scene): Family => {
	const name = `${death}-${scene.name}`;
	return {
		name,
		what: `${what}: ${scene.what}`,
		...comparesOf(scene),
		base: scene.base,
		minutes: 7,
		run: async (world, options) => {
			const {args, phases: all, until} = await setUp(world, scene, options.until);
			const wanted = drawn(all, {...options, seed: `${options.seed} ${name}`});
			const strike = async (running: {kill(signal: 'SIGKILL'): void}, node: string, phase: string) => {
				if (chance(options.seed, node, phase, 'operator') < 0.5) running.kill('SIGKILL');
				await die(world.stage.lab, node);
			};
			const {met, bad, runs} = await chain(world, args, wanted, {strike, limit: longest}, {...options, until});
			const problems = bad.length > 2 ? ['it did not come to its end'] : await scene.prove(world, args);
			world.state = problems.length + bad.length === 0 ? scene.to : 'broken';
			return {all, met: [...met], bad: [...bad, ...problems], notes: [`${runs} runs`]};
		},
	};
};

export const power: readonly Family[] = deaths.flatMap((death) => verbs.map((scene) => family(death, scene)));
