/** The hands on a machine behind SSH: a line, many commands at a time, and a new line when the old one is lost or full. */
import {setTimeout as pause} from 'node:timers/promises';
import {ConnectError} from '../errors.ts';
import type {Host} from '../model.ts';
import {line as commandLine} from '../steps/quote.ts';
import type {Channel} from './channel.ts';
import {converse, named} from './converse.ts';
import {breather, lines} from './lines.ts';
import {slots} from './slots.ts';
import {type Line, RefusedChannel} from './ssh.ts';
import {Unreachable} from './unreachable.ts';
import {whoAmI} from './who.ts';

/** Commands at a time on one machine. With MaxSessions 1 each has a line of its own. */
const commandsAtOnce = 8;
const mostRefusals = 30;
/** So often an empty line is asked again before another one is opened. */
const patience = 5;

export type RemoteOptions = {
	/** Opens a line, with every check, each time. */
	readonly dial: (signal?: AbortSignal) => Promise<Line>;
	readonly sudoPassword?: (() => Promise<string>) | undefined;
	readonly signal?: AbortSignal | undefined;
	/** Milliseconds to try for when a lost line must be opened anew: a machine reboots in less. */
	readonly reconnectMs: number;
};

/**
 * Connects, finds the way to root, and gives the Host. A command whose line is lost throws TransportError and is never repeated here;
 * the next exec opens a new line. Throws ConnectError.
 */
export async function remoteHost(name: string, options: RemoteOptions): Promise<Host> {
	const places = slots(commandsAtOnce);
	// A new line is not for the caller that began it alone, so only close() ends the attempt.
	const closing = new AbortController();
	const closed = closing.signal;
	const first = await options.dial(options.signal).catch((error: unknown) => {
		throw named(name, error);
	});
	const pool = lines(first, () => again(options, closed));
	const open = async (words: readonly string[]): Promise<Channel> => {
		const give = await places.take(closed);
		try {
			const channel = await start(`exec ${commandLine(words)}`);
			channel.ended.then(give, give);
			return channel;
		} catch (error) {
			give();
			throw error;
		}
	};
	/** On the first line that takes one more session. Who is refused though nobody else is there waits a little. */
	const start = async (text: string): Promise<Channel> => {
		for (let refusals = 1; ; refusals++) {
			closed.throwIfAborted();
			const seat = await pool.take();
			try {
				const channel = await seat.line.start(text);
				const leave = () => seat.leave();
				channel.ended.then(leave, leave);
				return channel;
			} catch (error) {
				// Nobody else is there: a session that has just ended, or one that was given up and works on, perhaps for long.
				const crowded = seat.others() > 0 || refusals % patience === 0;
				if (error instanceof RefusedChannel && crowded) seat.full();
				seat.leave();
				if (!(error instanceof RefusedChannel)) throw error;
				if (refusals > mostRefusals) throw noSession(error);
				if (!crowded) await breather(refusals, closed);
			}
		}
	};
	const close = async () => {
		closing.abort(new ConnectError(name, 'the connection was closed by kubestrap', {}));
		pool.close();
	};
	try {
		const become = await whoAmI(name, open, options);
		return {name, hostKey: first.hostKey, exec: (argv, given) => converse(name, open, become, argv, given), close};
	} catch (error) {
		await close();
		throw named(name, error);
	}
}

function noSession(cause: RefusedChannel): Unreachable {
	const hint = 'MaxSessions in its sshd_config must be 1 or more, and nobody else may use them up';
	return new Unreachable(`sshd opens no session: ${cause.message}`, {hint, mends: 'never', cause});
}

async function again({dial, reconnectMs}: RemoteOptions, closed: AbortSignal): Promise<Line> {
	const end = Date.now() + reconnectMs;
	for (let wait = 250; ; wait = Math.min(wait * 2, 4000)) {
		try {
			return await dial(closed);
		} catch (error) {
			if (!(error instanceof Unreachable) || error.mends === 'never' || Date.now() + wait > end) throw error;
		}
		await pause(wait * (0.75 + Math.random() / 2), undefined, {signal: closed});
	}
}
