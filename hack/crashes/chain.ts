/** Families whose cases are phases: something befalls a machine or its line when a phase begins there, and the same command must come to its end. */

import type {Event} from '../../src/model.ts';
import type {Run, Running} from '../../test/e2e/stage.ts';
import {affordable} from './draw.ts';
import type {Options} from './family.ts';
import type {World} from './world.ts';

/** `NODE/PHASE` of a phase that begins there. */
export const begun = ({type, state, node, phase}: Event) => (type === 'phase' && state === 'started' ? `${node}/${phase}` : '');

export type Blow = {
	/** Befalls the node while the run is in the phase; the run goes on. */
	readonly strike: (running: Running, node: string, phase: string) => Promise<void>;
	/** How a run may end that was struck; absent: any way, but in time. */
	readonly fits?: (run: Run) => string | undefined;
	/** Milliseconds. */
	readonly limit: number;
};

export type Chained = {readonly met: ReadonlySet<string>; readonly bad: readonly string[]; readonly runs: number};

/**
 * Runs the command until no phase is wanted any more, each time with at most one blow, in the first wanted phase that begins; then once without.
 * A run that ends badly although nothing befell it is a fault.
 */
export async function chain(
	{stage}: World,
	args: readonly string[],
	phases: readonly string[],
	blow: Blow,
	{seed, until, tell, heard}: Pick<Options, 'seed' | 'until' | 'tell' | 'heard'>,
): Promise<Chained> {
	let left = new Set(phases);
	const start = performance.now();
	const met = new Set<string>();
	const bad: string[] = [];
	let [runs, failures] = [0, 0];
	for (;;) {
		left = affordable(left, {seed, runs, began: start, now: performance.now(), until, each: 1});
		const isLast = left.size === 0 || performance.now() > until;
		const running = stage.start(args);
		runs += 1;
		let hung = false;
		const timer = setTimeout(() => {
			hung = true;
			running.kill('SIGKILL');
		}, blow.limit);
		const first = isLast ? undefined : await running.seen((event) => left.has(begun(event))).catch(() => undefined);
		if (first !== undefined) {
			const here = begun(first);
			left.delete(here);
			met.add(here);
			await blow.strike(running, first.node!, first.phase!);
		}
		const run = await running.done;
		clearTimeout(timer);
		heard(`${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`);
		const where = first === undefined ? 'undisturbed' : begun(first);
		tell(`  run ${runs}: ${where}: exit ${run.code}; ${left.size} left`);
		const quiet = silence(run);
		if (quiet !== undefined) bad.push(`${where}: ${quiet}`);
		if (hung) bad.push(`${where}: it hung for ${blow.limit / 1000} s: ${run.stderr.slice(-500)}`);
		const wrong = first === undefined ? undefined : blow.fits?.(run);
		if (wrong !== undefined) bad.push(`${where}: ${wrong}`);
		if (first !== undefined) continue;
		if (run.code === 0) break;
		failures += 1;
		bad.push(`undisturbed, after ${[...met].at(-1)}: exit ${run.code}: ${run.stderr.trim().slice(-1500)}`);
		if (failures === 3) break;
	}
	return {met, bad, runs};
}

const longest = 10_000;

/** Where a run told nothing for longer than it may, by its own events. */
export function silence({events}: Run): string | undefined {
	const times = events.map(({time}) => Date.parse(time));
	for (let index = 1; index < times.length; index += 1) {
		const gap = times[index]! - times[index - 1]!;
		if (gap <= longest + 1000) continue;
		const {type, node = '', phase = '', step = ''} = events[index - 1]!;
		return `silent for ${(gap / 1000).toFixed(1)} s after ${[type, node, phase, step].filter(Boolean).join(' ')}`;
	}
	return undefined;
}
