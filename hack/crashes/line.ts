/** Families of the operator's line: cut for a second, for ten, for good, deaf in one direction, lossy, slow; in every phase of every verb. */
import {setTimeout as pause} from 'node:timers/promises';
import type {Run} from '../../test/e2e/stage.ts';
import {begun, chain, silence} from './chain.ts';
import {drawn} from './draw.ts';
import type {Family, Options, Result} from './family.ts';
import {comparesOf, type Scene, setUp, verbs} from './scenes.ts';
import {type Line, lines} from './troubles.ts';
import {hits, mended, trouble} from './wire.ts';
import type {World} from './world.ts';

/** A line in trouble while the product does this. */
type Case = Line & {readonly scene: Scene};

function judged(run: Run, hung: boolean): string[] {
	const quiet = silence(run);
	return [
		...(hung ? ['it hung'] : run.code === 0 ? [] : [`exit ${run.code}: ${run.stderr.trim().slice(-1500)}`]),
		...(quiet === undefined ? [] : [quiet]),
	];
}

/** One run, whose line is in trouble again and again, each time when a wanted phase begins; it must come to its end by itself. */
async function again(world: World, {trouble: what, seconds, name, scene}: Case, options: Options): Promise<Result> {
	const {args, phases: all, until} = await setUp(world, scene, options.until);
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
	while (!over && left.size > 0 && performance.now() < until) {
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
	const problems = bad.some((line) => /^(exit|it hung)/.test(line)) ? [] : await scene.prove(world, args);
	world.state = bad.length + problems.length === 0 ? scene.to : 'broken';
	return {all, met: [...met], bad: [...bad, ...problems], notes: [`${blows} times`]};
}

/** One run over a bad line from its beginning to its end: every phase is a case. */
async function throughout(world: World, {trouble: what, name, scene}: Case, {heard}: Options): Promise<Result> {
	const {args, phases: all} = await setUp(world, scene, 0);
	await trouble(world.stage.lab, scene.config, what);
	// What a run says is little: whether the line is as bad as it should be is seen by more than that.
	await world.stage.ssh(scene.config[0]!, 'head -c 300000 /dev/zero');
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
	const problems = bad.some((line) => /^(exit|it hung)/.test(line)) ? [] : await scene.prove(world, args);
	world.state = bad.length + problems.length === 0 ? scene.to : 'broken';
	const met = new Set(run.events.map(begun).filter((one) => all.includes(one)));
	return {all, met: [...met], bad: [...bad, ...problems], notes: [`${packets} packets lost; ${run.summary?.exit}`]};
}

/** The line is cut and stays so until the run has given up by its own time limit; the next run goes on. */
async function forGood(world: World, {name, trouble: what, seconds, scene}: Case, options: Options): Promise<Result> {
	const {args, phases: all, until} = await setUp(world, scene, options.until);
	const wanted = drawn(all, {...options, seed: `${options.seed} ${name}`});
	const words = [...args, '--timeout', `${seconds}s`];
	const strike = async (running: {readonly done: Promise<Run>}, node: string) => {
		await trouble(world.stage.lab, [node], what);
		await running.done;
		await mended(world.stage.lab);
	};
	const fits = (run: Run) => (run.code === 0 ? 'it ended well, as if nothing had been' : undefined);
	const {met, bad, runs} = await chain(world, words, wanted, {strike, fits, limit: seconds * 1000 + 60_000}, {...options, until});
	const problems = bad.some((line) => line.startsWith('undisturbed')) ? [] : await scene.prove(world, args);
	world.state = bad.length + problems.length === 0 ? scene.to : 'broken';
	return {all, met: [...met], bad: [...bad, ...problems], notes: [`${runs} runs`]};
}

const how = (line: Line): ((world: World, line: Case, options: Options) => Promise<Result>) => {
	if (line.seconds === 0) return throughout;
	return line.name === 'line-gone' ? forGood : again;
};

export const lineFamilies: readonly Family[] = lines.flatMap((line) =>
	verbs.map((scene) => {
		const name = `${line.name}-${scene.name}`;
		return {
			name,
			what: `${line.what}: ${scene.what}`,
			...comparesOf(scene),
			...(line.unseen && {unseen: true}),
			base: scene.base + (line.seconds === 0 ? line.minutes : 0.5),
			minutes: line.minutes,
			run: (world, options) => how(line)(world, {...line, name, scene}, options),
		};
	}),
);
