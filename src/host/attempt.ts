/** One handshake with a machine, at its turn; tried again while sshd has too much to do. */
import type {Duplex} from 'node:stream';
import {setTimeout as pause} from 'node:timers/promises';
import type {Hop} from '../cluster/route.ts';
import type {Credentials} from './credentials.ts';
import type {Gates} from './gates.ts';
import {isBusy} from './handshake-errors.ts';
import {handshake, type Line} from './ssh.ts';

/** Milliseconds for each phase of a connection, and between two signs of life. */
export const defaultTimes = {tcp: 5000, banner: 15_000, ready: 30_000, keepalive: 5000};

/** How often a server that drops us before its banner (MaxStartups) is asked, and how long we wait in between at first and at last. */
export const busyTries = 8;
const busyPause = 200;
const longestPause = 5000;

export type AttemptOptions = {
	readonly gates: Gates;
	/** Told when a machine has dropped us and will be asked again. */
	readonly busy?: ((hop: Hop) => void) | undefined;
	readonly signal?: AbortSignal;
	readonly times?: Partial<typeof defaultTimes>;
};

type Attempt = {
	readonly hop: Hop;
	readonly connect: () => Promise<Duplex>;
	readonly algorithms: readonly string[];
	readonly accepts: (hostKey: Buffer) => boolean;
	readonly credentials: Credentials;
};

/** An authenticated line, or the raw error of the handshake; the signal's reason when it aborts. */
export async function attempt(wanted: Attempt, options: AttemptOptions): Promise<Line> {
	const {hop} = wanted;
	for (let tries = 1; ; tries++) {
		const leave = await options.gates.pass(hop.host, hop.port, options.signal);
		try {
			return await once(wanted, options);
		} catch (error) {
			options.signal?.throwIfAborted();
			if (tries >= busyTries || !isBusy(error)) throw error;
		} finally {
			leave();
		}
		options.gates.narrow(hop.host, hop.port);
		options.busy?.(hop);
		const wait = Math.min(longestPause, busyPause * 2 ** (tries - 1)) * (0.5 + Math.random());
		await pause(wait, undefined, options.signal ? {signal: options.signal} : {});
	}
}

async function once(
	{hop, connect, algorithms, accepts, credentials}: Attempt,
	{signal, ...options}: AttemptOptions,
): Promise<Line> {
	const times = {...defaultTimes, ...options.times};
	const socket = await connect();
	const abort = () => socket.destroy();
	signal?.addEventListener('abort', abort, {once: true});
	try {
		const methods = credentials.all.map(({method}) => method(hop.user));
		return await handshake(socket, {
			user: hop.user,
			hostKeyAlgorithms: algorithms,
			accepts,
			nextMethod: (_left, _partial, next) => next((methods.shift() ?? false) as never),
			bannerMs: times.banner,
			readyMs: times.ready,
			keepaliveMs: times.keepalive,
		});
	} finally {
		signal?.removeEventListener('abort', abort);
	}
}
