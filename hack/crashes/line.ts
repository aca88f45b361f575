/** Families of the operator's line: cut for a second, for ten, for good, deaf in one direction, lossy, slow; in every phase. */
import {setTimeout as pause} from 'node:timers/promises';
import type {Event} from '../../src/model.ts';
import type {Run} from '../../test/e2e/stage.ts';
import {chain, phasesNow, silence} from './chain.ts';
import {drawn} from './draw.ts';
import type {Family, Options, Result} from './family.ts';
import {hits, mended, type Trouble, trouble} from './wire.ts';
import {born, type World} from './world.ts';

const begun = ({type, state, node, phase}: Event) => (type === 'phase' && state === 'started' ? `${node}/${phase}` : '');

type Line = {
	readonly name: string;
	readonly what: string;
	readonly trouble: Trouble;
	readonly seconds: number;
	readonly minutes: number;
};

async function scene(world: World) {
	await world.be('bare');
	const file = world.config(...born);
	return {args: ['init', '-c', file, '--kubeconfig', world.stage.kubeconfig], all: await phasesNow('init', file)};
}

function judged(run: Run, hung: boolean): string[] {
	const quiet = silence(run);
	return [
		...(hung ? ['it hung'] : run.code === 0 ? [] : [`exit ${run.code}: ${run.stderr.trim().slice(-1500)}`]),
		...(quiet === undefined ? [] : [quiet]),
	];
}

/** One run, whose line is in trouble again and again, each time when a wanted phase begins; it must come to its end by itself. */
async function again(world: World, {trouble: what, seconds, name}: Line, options: Options): Promise<Result> {
	const {args, all} = await scene(world);
	const left = new Set(drawn(all, {...options, seed: `${options.seed} ${name}`}));
	const running = world.stage.start(args);
	const met = new Set<string>();
	let [over, hung, blows] = [false, false, 0];
	const timer = setTimeout(
		() => {
			hung = true;
			running.kill('SIGKILL');
		},
		120_000 + left.size * (seconds * 1000 + 25_000),
	);
	const done = running.done.finally(() => {
		over = true;
	});
	while (!over && left.size > 0 && performance.now() < options.until) {
		const event = await running.seen((one) => left.has(begun(one))).catch(() => undefined);
		if (event === undefined) break;
		await trouble(world.stage.lab, [event.node!], what);
		blows += 1;
		// The time that the line is away is what is tested, not something that is waited for.
		await Promise.race([pause(seconds * 1000), done]);
		await mended(world.stage.lab);
		met.add(begun(event));
		left.delete(begun(event));
		// The log is taken up again where it was left; what began meanwhile was in it too, and is over.
		const count = running.soFar().length;
		await running.seen(({node}) => node === event.node && running.soFar().length > count).catch(() => {});
		for (const past of running.soFar()) {
			const here = begun(past);
			if (left.delete(here)) met.add(here);
		}
	}
	const run = await done;
	clearTimeout(timer);
	options.heard(`${run.stderr}\n${run.events.map((each) => JSON.stringify(each)).join('\n')}`);
	const bad = judged(run, hung);
	const problems = bad.some((line) => /^(exit|it hung)/.test(line)) ? [] : await world.living(born, args);
	world.state = bad.length + problems.length === 0 ? 'born' : 'broken';
	return {all, met: [...met], bad: [...bad, ...problems], notes: [`${blows} times`]};
}

/** One run over a bad line from its beginning to its end: every phase is a case. */
async function throughout(world: World, {trouble: what, name}: Line, {heard}: Options): Promise<Result> {
	const {args, all} = await scene(world);
	await trouble(world.stage.lab, born, what);
	// What a run says is little: whether the line is as bad as it should be is seen by more than that.
	await world.stage.ssh(born[0]!, 'head -c 300000 /dev/zero');
	const running = world.stage.start(args);
	let hung = false;
	const timer = setTimeout(() => {
		hung = true;
		running.kill('SIGKILL');
	}, 600_000);
	const run = await running.done;
	clearTimeout(timer);
	const packets = await hits(world.stage.lab);
	await mended(world.stage.lab);
	heard(`${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`);
	const bad = judged(run, hung);
	if (packets === 0) bad.push(`no packet was lost: ${name} proves nothing`);
	const problems = bad.some((line) => /^(exit|it hung)/.test(line)) ? [] : await world.living(born, args);
	world.state = bad.length + problems.length === 0 ? 'born' : 'broken';
	const met = new Set(run.events.map(begun).filter((one) => all.includes(one)));
	return {all, met: [...met], bad: [...bad, ...problems], notes: [`${packets} packets lost; ${run.summary?.exit}`]};
}

/** The line is cut and stays so until the run has given up by its own time limit; the next run goes on. */
async function forGood(world: World, {name, trouble: what, seconds}: Line, options: Options): Promise<Result> {
	const {args, all} = await scene(world);
	const wanted = drawn(all, {...options, seed: `${options.seed} ${name}`});
	const words = [...args, '--timeout', `${seconds}s`];
	const strike = async (running: {readonly done: Promise<Run>}, node: string) => {
		await trouble(world.stage.lab, [node], what);
		await running.done;
		await mended(world.stage.lab);
	};
	const fits = (run: Run) => (run.code === 0 ? 'it ended well, as if nothing had been' : undefined);
	const {met, bad, runs} = await chain(world, words, wanted, {strike, fits, limit: seconds * 1000 + 60_000}, options);
	const problems = bad.some((line) => line.startsWith('undisturbed')) ? [] : await world.living(born, args);
	world.state = bad.length + problems.length === 0 ? 'born' : 'broken';
	return {all, met: [...met], bad: [...bad, ...problems], notes: [`${runs} runs`]};
}

const how = (line: Line): Family['run'] => {
	if (line.trouble === 'loss' || line.trouble === 'slow') return (world, options) => throughout(world, line, options);
	return line.name === 'line-gone'
		? (world, options) => forGood(world, line, options)
		: (world, options) => again(world, line, options);
};

const lines: readonly Line[] = [
	{name: 'line-1s', what: 'the line is cut for a second in every phase of init', trouble: 'cut', seconds: 1, minutes: 3},
	{name: 'line-10s', what: 'the line is cut for ten seconds in every phase of init', trouble: 'cut', seconds: 10, minutes: 5},
	{name: 'line-deaf', what: 'the line is half open for 20 s in every phase of init', trouble: 'deaf', seconds: 20, minutes: 6},
	{
		name: 'line-gone',
		what: 'the line is cut for good in every phase of init, and the run gives up',
		trouble: 'cut',
		seconds: 45,
		minutes: 25,
	},
	{name: 'line-loss', what: 'every fifth packet of the line is lost during init', trouble: 'loss', seconds: 0, minutes: 3},
	{name: 'line-slow', what: 'the line has 1 Mbit/s during init', trouble: 'slow', seconds: 0, minutes: 2},
];

export const lineFamilies: readonly Family[] = lines.map((line) => ({
	name: line.name,
	what: line.what,
	unseen: true,
	base: line.seconds === 0 ? line.minutes : 1,
	minutes: line.minutes,
	run: how(line),
}));
