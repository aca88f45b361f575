/** One run of the product with a hunter behind it. */

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Run, Stage} from '../../test/e2e/stage.ts';
import {payloadOf} from '../laboratory/cgroups.ts';
import type {Lab} from '../laboratory/lab.ts';
import {readRecord} from '../laboratory/record.ts';
import type {Ground, Hunt, Report} from './prey.ts';

/** The lab's nodes as this machine sees them: only nodes that are containers here can be looked into. */
export function groundsOf({name: lab, nodes}: Lab): Ground[] {
	return nodes.flatMap(({name}) => {
		const payload = payloadOf(lab, name);
		if (payload === undefined || readRecord(lab)?.machines[name] === undefined) return [];
		const [leader = ''] = readFileSync(join(payload, 'init.scope', 'cgroup.procs'), 'utf8').split('\n');
		return [{node: name, payload, folder: `/proc/${leader}/root/run/kubestrap`}];
	});
}

export type Hunted = {readonly run: Run; readonly report: Report};

/** Starts it, lets the hunter strike, and waits until both have ended. A run that exceeds its limit is killed, and its code is `hang`. */
export async function hunt(
	stage: Stage,
	args: readonly string[],
	{limitMs, ...prey}: Omit<Hunt, 'operator' | 'grounds' | 'flags'> & {readonly limitMs: number},
): Promise<Hunted & {readonly hung: boolean}> {
	const flags = new Int32Array(new SharedArrayBuffer(4));
	const running = stage.start(args);
	const data: Hunt = {...prey, flags, operator: running.pid, grounds: groundsOf(stage.lab)};
	const worker = new Worker(new URL('./hunter.ts', import.meta.url), {workerData: data});
	let struck = false;
	let hung = false;
	const report = new Promise<Report>((resolve, reject) => {
		worker.on('message', (message: Report | 'struck') => {
			if (message === 'struck') struck = true;
			else resolve(message);
		});
		worker.on('error', reject);
	});
	const timer = setTimeout(() => {
		hung = true;
		running.kill('SIGKILL');
	}, limitMs);
	const run = await running.done;
	clearTimeout(timer);
	// Who was struck has programs that may still be watched; who ended by himself has none.
	if (!struck) {
		Atomics.store(flags, 0, 1);
		Atomics.notify(flags, 0);
	}
	return {run, report: await report, hung};
}
