/** The one door to ssh2: every setting of a connection is frozen here, and nothing of the library leaves but its key and agent types. */
import type {Duplex} from 'node:stream';
import ssh2, {type AuthHandlerMiddleware, type ClientChannel} from 'ssh2';
import {cipher, hmac, kex} from './algorithms.ts';
import type {Channel, Ending} from './channel.ts';
import {fingerprint} from './known-hosts.ts';
import {type Losses, losses, lostLine} from './loss.ts';
import type {Unreachable} from './unreachable.ts';

export const {parseKey} = ssh2.utils;
export const {BaseAgent, createAgent} = ssh2;
export type {AnyAuthMethod, ParsedKey} from 'ssh2';

/** A living, authenticated connection. */
export type Line = {
	/** Fingerprint of the host key that the machine has proved, as `SHA256:…`. */
	readonly hostKey: string;
	/** Runs a command line in the user's login shell. Rejects with Unreachable, or with a RefusedChannel. */
	start(commandLine: string): Promise<Channel>;
	/** A byte stream from the machine to somewhere that it can reach (direct-tcpip): a jump. */
	forward(host: string, port: number): Promise<Duplex>;
	isLost(): boolean;
	/** Calls back once when the line is gone; the returned function ends the watch. */
	onLost(tell: (reason: Unreachable) => void): () => void;
	close(): void;
};

/** The server has as many channels open as it allows on a connection. */
export class RefusedChannel extends Error {}

export type Handshake = {
	readonly user: string;
	readonly hostKeyAlgorithms: readonly string[];
	/** Sees the host key before anything of the user's is sent; false ends the connection. */
	readonly accepts: (hostKey: Buffer) => boolean;
	readonly nextMethod: AuthHandlerMiddleware;
	readonly bannerMs: number;
	readonly readyMs: number;
	/** A machine that leaves three such pauses unanswered is given up. */
	readonly keepaliveMs: number;
};

/** Speaks SSH over a connected stream until the user is authenticated. Rejects with the raw error of the phase that failed. */
export function handshake(socket: Duplex, settings: Handshake): Promise<Line> {
	const client = new ssh2.Client();
	const {promise, resolve, reject} = Promise.withResolvers<Line>();
	const loss = losses();
	let heard = '';
	let proved = '';
	const listen = (chunk: Buffer) => {
		heard = `${heard}${chunk.toString('latin1')}`.slice(0, 1000);
		if (!heard.includes('SSH-')) return;
		clearTimeout(banner);
		socket.off('data', listen);
	};
	const fail = (error: Error) => {
		clearTimeout(banner);
		// sshd drops us so when it has too much to do (MaxStartups), with a word or without.
		if (!heard.includes('SSH-') && !('level' in error && error.level === 'banner'))
			Object.assign(error, {level: 'dropped', heard});
		reject(error);
		loss.lose(error);
		// ssh2 only half-closes after some errors, and would wait for a peer that may be gone.
		client.destroy();
		socket.destroy();
	};
	const banner = setTimeout(() => fail(Object.assign(new Error('no SSH banner'), {level: 'banner'})), settings.bannerMs);
	socket.on('data', listen);
	// A silent server makes ssh2 emit two errors: the listener stays for the whole life of the connection.
	client.on('error', fail);
	client.on('close', () => fail(Object.assign(new Error('the server closed the connection'), {level: 'closed'})));
	client.on('ready', () =>
		resolve({
			hostKey: proved,
			start: (commandLine) => start(client, commandLine, loss),
			forward: (host, port) =>
				opened(
					loss,
					(done) => client.forwardOut('127.0.0.1', 0, host, port, done),
					(stream) => stream,
				),
			isLost: () => loss.reason() !== undefined,
			onLost: loss.watch,
			close: () => client.end(),
		}),
	);
	client.connect({
		sock: socket as never,
		username: settings.user,
		authHandler: settings.nextMethod,
		hostVerifier: (key: Buffer) => {
			proved = fingerprint(key);
			return settings.accepts(key);
		},
		algorithms: {
			serverHostKey: [...settings.hostKeyAlgorithms] as never,
			kex: [...kex],
			cipher: [...cipher],
			hmac: [...hmac],
			compress: ['none'],
		},
		readyTimeout: settings.readyMs,
		agentForward: false,
		keepaliveInterval: settings.keepaliveMs,
		keepaliveCountMax: 3,
	});
	return promise;
}

function start(client: ssh2.Client, commandLine: string, loss: Losses): Promise<Channel> {
	const run = (done: Opened) => client.exec(commandLine, {agentForward: false, pty: false} as never, done);
	return opened(loss, run, (stream) => {
		const {promise, resolve, reject} = Promise.withResolvers<Ending>();
		let ending: Ending | undefined;
		stream.on('exit', (code: number | null, signal?: string) => {
			ending = code === null ? {signal: signal ?? 'SIGTERM'} : {code};
		});
		// A channel that closes without a word about the exit is a lost line, never success.
		const settle = (reason: Unreachable) => (ending === undefined ? reject(reason) : resolve(ending));
		const unwatch = loss.watch(settle);
		stream.on('close', () => {
			unwatch();
			settle(lostLine());
		});
		stream.on('error', () => {});
		promise.catch(() => {});
		return {stdin: stream, stdout: stream, stderr: stream.stderr, ended: promise, drop: () => stream.destroy()};
	});
}

type Opened = (error: Error | undefined, stream: ClientChannel) => void;

/** `wrap` runs before ssh2 reads on: the exit of a short command may be in the same packet as the answer that opened its channel. */
function opened<T>(loss: Losses, ask: (done: Opened) => void, wrap: (stream: ClientChannel) => T): Promise<T> {
	return new Promise((resolve, reject) => {
		const unwatch = loss.watch(reject);
		try {
			ask((error, stream) => {
				unwatch();
				if (error) reject('reason' in error ? new RefusedChannel(error.message, {cause: error}) : lostLine(error));
				else resolve(wrap(stream));
			});
		} catch (error) {
			// ssh2 throws 'Not connected' when the socket went away before the event that says so.
			unwatch();
			reject(lostLine(error as Error));
		}
	});
}
