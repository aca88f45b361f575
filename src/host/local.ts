/** The hands on the machine that kubestrap itself runs on: the same verb, without a line that could be lost. */
import {type ChildProcess, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {env, kill} from 'node:process';
import type {Host} from '../model.ts';
import type {Channel, Ending, Open} from './channel.ts';
import {converse} from './converse.ts';
import {Unreachable} from './unreachable.ts';
import {whoAmI} from './who.ts';

/**
 * A Host for this machine. Commands run as root: directly, or by sudo, which may ask for the password.
 * Throws ConnectError when neither works.
 */
export async function localHost(
	name: string,
	options: {sudoPassword?: (() => Promise<string>) | undefined; signal?: AbortSignal | undefined},
): Promise<Host> {
	const running = new Set<Channel>();
	const open: Open = async (words) => {
		const channel = await start(words);
		running.add(channel);
		channel.ended.finally(() => running.delete(channel)).catch(() => {});
		return channel;
	};
	const become = await whoAmI(name, open, options);
	return {
		name,
		exec: (argv, given) => converse(name, open, become, argv, given),
		close: async () => {
			for (const channel of running) channel.drop();
		},
	};
}

/** An own session: Ctrl-C reaches kubestrap alone, sudo finds no terminal to ask on, and the whole group can be ended. */
function start([file, ...args]: readonly string[]): Promise<Channel> {
	const {PATH, HOME, USER, LOGNAME} = env;
	const child = spawn(file!, args, {detached: true, stdio: 'pipe', cwd: '/', env: {PATH, HOME, USER, LOGNAME}});
	return new Promise((resolve, reject) => {
		const ended = new Promise<Ending>((settle) => {
			child.once('close', (code, signal) => settle(code === null ? {signal: signal ?? 'SIGKILL'} : {code}));
		});
		child.once('error', (error) =>
			reject(
				new Unreachable(`${file} cannot be started: ${error.message}`, {hint: 'is it installed?', mends: 'never', cause: error}),
			),
		);
		child.once('spawn', () =>
			resolve({stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, drop: () => drop(child)}),
		);
	});
}

function drop(child: ChildProcess): void {
	for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
	if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
	try {
		kill(-child.pid, constants.signals.SIGTERM);
	} catch {
		// It has ended by itself, or is root's behind sudo: closed pipes are all that we can do.
	}
}
