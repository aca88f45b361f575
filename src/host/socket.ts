/** The TCP connection under an SSH line: opened by us, because ssh2 sets TCP_NODELAY too late (40 ms per handshake step). */
import {connect as connectTcp, type Socket} from 'node:net';
import {Unreachable} from './unreachable.ts';

/** Connects within `ms`. Rejects with an Unreachable that says which way it failed. */
export function openSocket(host: string, port: number, ms: number, signal?: AbortSignal): Promise<Socket> {
	return new Promise((resolve, reject) => {
		signal?.throwIfAborted();
		const socket = connectTcp({host, port, noDelay: true, keepAlive: true});
		const fail = (error: unknown) => {
			clearTimeout(timer);
			signal?.removeEventListener('abort', abort);
			socket.destroy();
			reject(error);
		};
		const abort = () => fail(signal?.reason);
		const timer = setTimeout(() => fail(explain('ETIMEDOUT', host, port, ms)), ms);
		signal?.addEventListener('abort', abort, {once: true});
		socket.once('error', (error: NodeJS.ErrnoException) => fail(explain(error.code ?? error.message, host, port, ms, error)));
		socket.once('connect', () => {
			clearTimeout(timer);
			signal?.removeEventListener('abort', abort);
			socket.removeAllListeners('error');
			// Between here and the handshake nobody listens: an error then shows as a closed stream.
			socket.on('error', () => {});
			resolve(socket);
		});
	});
}

function explain(code: string, host: string, port: number, ms: number, cause?: unknown): Unreachable {
	const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
	if (code === 'ECONNREFUSED') {
		return new Unreachable(`${at} refused the connection`, {
			hint: `is sshd running there, and on port ${port}?`,
			mends: 'away',
			cause,
		});
	}
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return new Unreachable(`the name ${host} does not resolve (${code})`, {
			hint: 'write the address in the config, or mend the name service',
			mends: code === 'EAI_AGAIN' ? 'away' : 'never',
			cause,
		});
	}
	if (code === 'ETIMEDOUT') {
		return new Unreachable(`${at} did not answer within ${ms / 1000} s`, {
			hint: 'is the address right, the machine up, and no firewall between?',
			mends: 'away',
			cause,
		});
	}
	return new Unreachable(`no connection to ${at}: ${code}`, {
		hint: 'is the address right, and is there a route to it?',
		mends: 'away',
		cause,
	});
}
