/** Long-living processes of a lab: started detached, known by pid and start time, and ended only when both still fit. */
import {spawn} from 'node:child_process';
import {closeSync, openSync, readFileSync} from 'node:fs';
import {kill} from 'node:process';
import {setTimeout} from 'node:timers/promises';
import {systemPath} from './command.ts';

/** `startTime` in clock ticks since boot: the pid alone may be somebody else's by now. */
export type Process = {readonly pid: number; readonly startTime: string};

export function startTimeOf(pid: number): string | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return fields[0] === 'Z' ? undefined : fields[19];
	} catch {
		return undefined;
	}
}

export function alive(process: Process | undefined): boolean {
	return process !== undefined && startTimeOf(process.pid) === process.startTime;
}

/** Starts a program that outlives us, its output appended to `log`. */
export function start(argv: readonly string[], log: string, env: Readonly<Record<string, string>> = {}): Process {
	const [program = '', ...args] = argv;
	const output = openSync(log, 'a', 0o600);
	const child = spawn(program, args, {
		detached: true,
		stdio: ['ignore', output, output],
		env: {...process.env, PATH: systemPath, ...env},
	});
	closeSync(output);
	child.on('error', () => {});
	child.unref();
	if (child.pid === undefined) throw new Error(`${program} cannot be started`);
	return {pid: child.pid, startTime: startTimeOf(child.pid) ?? ''};
}

/** Ends one of our processes and waits until it is gone. */
export async function end(one: Process | undefined, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
	if (one === undefined || !alive(one)) return;
	kill(one.pid, signal);
	await until(() => !alive(one), 10_000, `process ${one.pid} to end`);
}

/** Looks every 20 ms; throws when `milliseconds` have gone. */
export async function until(reached: () => boolean | Promise<boolean>, milliseconds: number, what: string): Promise<void> {
	const deadline = Date.now() + milliseconds;
	while (!(await reached())) {
		if (Date.now() > deadline) throw new Error(`waited ${milliseconds / 1000} s in vain for ${what}`);
		await setTimeout(20);
	}
}
