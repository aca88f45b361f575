import {randomBytes} from 'node:crypto';
import {ConnectError, TransportError} from '../errors.ts';
import type {Host} from '../model.ts';
import {FrameError, type Frames, readFrames} from './frames.ts';

/** When the operator's machine asked and had the answer, in epoch milliseconds. */
export type Asked = {readonly from: number; readonly until: number};

export type Question<T> = {
	/** The text of a script that answers in frames (script.ts), and its arguments after the nonce. */
	readonly script: string;
	readonly args: readonly string[];
	/** What it is, as errors call it: `survey`. */
	readonly what: string;
	/** Milliseconds. */
	readonly deadline: number;
	/** Bytes; what is beyond them was not written by our script. */
	readonly limit: number;
	readonly signal?: AbortSignal | undefined;
	/** Makes sense of the frames; throws a sentence when they make none. */
	readonly read: (frames: Frames, asked: Asked) => T;
};

/**
 * Asks a machine by a script that changes nothing, in one round trip. Throws TransportError when the answer is cut, altered or too long,
 * ConnectError when the script failed or says something that makes no sense: a cut is never taken for absence.
 */
export async function ask<T>(host: Host, {script, args, what, deadline, limit, signal, read}: Question<T>): Promise<T> {
	const nonce = randomBytes(12).toString('hex');
	const chunks: Buffer[] = [];
	let size = 0;
	const stop = new AbortController();
	const from = Date.now();
	const onStdout = (chunk: Buffer) => {
		size += chunk.length;
		if (size > limit) stop.abort();
		else chunks.push(chunk);
	};
	const signals = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
	let output: Awaited<ReturnType<Host['exec']>>;
	try {
		output = await host.exec(['sh', '-c', script, what, nonce, ...args], {deadline, signal: signals, onStdout});
	} catch (cause) {
		if (size <= limit) throw cause;
		throw new TransportError(host.name, `its ${what} answered more than ${limit} bytes`, {
			hint: 'look at what a login prints there',
			cause,
		});
	}
	const until = Date.now();
	if (output.code !== 0) {
		throw new ConnectError(host.name, `its ${what} ended with exit code ${output.code}: ${lastLine(output.stderr)}`, {
			hint: 'the machine needs sh, coreutils and a writable /run',
		});
	}
	try {
		return read(readFrames(Buffer.concat(chunks), nonce), {from, until});
	} catch (cause) {
		const message = cause instanceof Error ? cause.message : String(cause);
		if (cause instanceof FrameError)
			throw new TransportError(host.name, `its ${what} came damaged: ${message}`, {hint: 'run it again', cause});
		throw new ConnectError(host.name, message, {hint: 'nothing was changed; mend what is named and run it again', cause});
	}
}

const lastLine = (text: string) => text.trim().split('\n').at(-1)?.slice(0, 300) || 'no message';
