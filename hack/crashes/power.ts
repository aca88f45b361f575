/** Families of the machine that dies: its power is cut, or it is shut down and comes back, in every phase. */
import {chain, phasesNow} from './chain.ts';
import {chance, drawn} from './draw.ts';
import type {Family} from './family.ts';
import {born, type World} from './world.ts';

const strike = (world: World, seed: string) => async (running: {kill(signal: 'SIGKILL'): void}, node: string, phase: string) => {
	if (chance(seed, node, phase, 'operator') < 0.5) running.kill('SIGKILL');
	await world.stage.lab.powerCut(node);
	await world.stage.lab.boot(node);
};

const again = (world: World, seed: string) => async (running: {kill(signal: 'SIGKILL'): void}, node: string, phase: string) => {
	if (chance(seed, node, phase, 'operator') < 0.5) running.kill('SIGKILL');
	await world.stage.lab.reboot(node);
};

const family = (name: string, what: string, how: typeof strike): Family => ({
	name,
	what,
	unseen: true,
	base: 1,
	minutes: 7,
	run: async (world, options) => {
		await world.be('bare');
		const file = world.config(...born);
		const args = ['init', '-c', file, '--kubeconfig', world.stage.kubeconfig];
		const all = await phasesNow('init', file);
		const wanted = drawn(all, {...options, seed: `${options.seed} ${name}`});
		const {met, bad, runs} = await chain(world, args, wanted, {strike: how(world, options.seed), limit: 240_000}, options);
		const problems = bad.length > 2 ? ['it did not come to its end'] : await world.living(born, args);
		world.state = problems.length + bad.length === 0 ? 'born' : 'broken';
		return {all, met: [...met], bad: [...bad, ...problems], notes: [`${runs} runs`]};
	},
});

export const power: readonly Family[] = [
	family('power', 'the power of a machine is cut in every phase of init', strike),
	family('reboot', 'a machine is shut down and boots again in every phase of init', again),
];
