/** The hands on a machine behind SSH: one line, many commands at a time, and a new line when the old one is lost. */
import {setTimeout as pause} from 'node:timers/promises';
import {ConnectError} from '../errors.ts';
import type {Host} from '../model.ts';
import {line as commandLine} from '../steps/quote.ts';
import type {Channel} from './channel.ts';
import {converse, named} from './converse.ts';
import {slots} from './slots.ts';
import {type Line, RefusedChannel} from './ssh.ts';
import {Unreachable} from './unreachable.ts';
import {whoAmI} from './who.ts';

/** sshd allows ten sessions on a connection by default (MaxSessions). */
const channelsAtOnce = 8;
const mostRefusals = 30;

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
	const places = slots(channelsAtOnce);
	// A new line is not for the caller that began it alone, so only close() ends the attempt.
	const closing = new AbortController();
	const closed = closing.signal;
	let alive = options.dial(options.signal);
	const line = async (): Promise<Line> => {
		if (closed.aborted) throw new ConnectError(name, 'the connection was closed by kubestrap', {});
		const now = alive;
		const got = await now.catch(() => undefined);
		if (got !== undefined && !got.isLost()) return got;
		// Whoever comes first opens the new line, the others wait for it.
		if (alive === now) {
			alive = again(options, closed);
			alive.then(
				(fresh) => closed.aborted && fresh.close(),
				() => {},
			);
		}
		return alive;
	};
	const open = async (words: readonly string[]): Promise<Channel> => {
		for (let refusals = 0; ; refusals++) {
			const give = await places.take(closed);
			try {
				const channel = await (await line()).start(`exec ${commandLine(words)}`);
				channel.ended.then(give, give);
				return channel;
			} catch (error) {
				give();
				if (!(error instanceof RefusedChannel)) throw error;
				if (refusals >= mostRefusals) throw noSession(error);
			}
			// The server's MaxSessions is below ours: fewer at once. It also needs a moment to forget a session that has ended.
			places.shrink();
			await pause(20 * (refusals + 1), undefined, {signal: closed});
		}
	};
	const close = async () => {
		closing.abort(new ConnectError(name, 'the connection was closed by kubestrap', {}));
		await alive.then(
			(last) => last.close(),
			() => {},
		);
	};
	try {
		await alive;
		const become = await whoAmI(name, open, options);
		return {name, exec: (argv, given) => converse(name, open, become, argv, given), close};
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
