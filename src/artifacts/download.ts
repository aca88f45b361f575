/** Fetches one locked file: from the first address that gives exactly the locked bytes, going on where a broken transfer stopped. */
import type {LockedBinary} from '../model.ts';
import type {Part} from './part.ts';
import {cause, type Wire, WireError} from './wire.ts';

/** One address that failed, and how. */
export type Miss = {readonly url: string; readonly why: string};

export type DownloadOptions = {
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((progress: {done: number; total: number}) => void) | undefined;
};

/** How often an address is asked again after a transfer that broke off. */
const tries = 3;

/**
 * Fills `part` with the locked bytes, verified against size and sha256 as they stream. Returns undefined when they are all there, else
 * what each address did wrong, in order. Rejects with the signal's reason, or with an error of the local disk.
 */
export async function download(
	wanted: LockedBinary,
	urls: readonly string[],
	part: Part,
	wire: Wire,
	options: DownloadOptions,
): Promise<readonly Miss[] | undefined> {
	const misses: Miss[] = [];
	for (const url of urls) {
		for (let left = tries; left > 0; left--) {
			options.signal?.throwIfAborted();
			const resumed = part.size > 0;
			const fault = await once(wanted, url, part, wire, options);
			if (fault === undefined) return undefined;
			// A wrong digest after a resume may be the fault of the earlier bytes: this address gets a chance to give all of them.
			const again = fault.broken || (fault.wrong && resumed);
			if (fault.wrong) await part.restart();
			if (again && left > 1) continue;
			misses.push({url, why: fault.why});
			break;
		}
	}
	return misses;
}

type Fault = {readonly why: string; readonly broken?: true; readonly wrong?: true};

async function once(
	wanted: LockedBinary,
	url: string,
	part: Part,
	wire: Wire,
	{signal, onProgress}: DownloadOptions,
): Promise<Fault | undefined> {
	if (part.size >= wanted.size) await part.restart();
	let answer: Awaited<ReturnType<Wire['get']>>;
	try {
		answer = await wire.get(url, part.size, signal);
	} catch (error) {
		if (error instanceof WireError) return {why: error.message};
		throw error;
	}
	const {status, headers, body} = answer;
	body.on('error', () => {});
	const refuse = (why: string): Fault => {
		body.destroy();
		return {why};
	};
	if (status === 206) {
		const [, start] = /^bytes (\d+)-/.exec(String(headers['content-range'])) ?? [];
		if (Number(start) !== part.size) {
			await part.restart();
			return {...refuse(`it resumed at ${start ?? 'nowhere'} when asked for another place`), broken: true};
		}
	} else if (status === 416) {
		await part.restart();
		return {...refuse('it cannot resume'), broken: true};
	} else if (status !== 200) {
		return refuse(`HTTP ${status}`);
	} else {
		await part.restart();
		const said = headers['content-length']?.toString();
		const page = String(headers['content-type']).startsWith('text/html');
		if (page && Number(said) !== wanted.size) return refuse('it answers with a web page instead of the file');
		if (said !== undefined && Number(said) !== wanted.size) return refuse(`it has ${said} bytes, the lock says ${wanted.size}`);
	}
	const fault = await take(wanted, body, part, onProgress, signal);
	if (fault !== undefined) return fault;
	const seen = part.digest();
	if (part.size === wanted.size && seen === wanted.sha256) return undefined;
	if (part.size < wanted.size) return {why: `cut short after ${part.size} of ${wanted.size} bytes`, broken: true};
	return {why: `its sha256 is ${seen}, the lock says ${wanted.sha256}`, wrong: true};
}

async function take(
	wanted: LockedBinary,
	body: AsyncIterable<Buffer>,
	part: Part,
	onProgress: DownloadOptions['onProgress'],
	signal: AbortSignal | undefined,
): Promise<Fault | undefined> {
	const chunks = body[Symbol.asyncIterator]();
	for (;;) {
		let next: IteratorResult<Buffer>;
		try {
			next = await chunks.next();
		} catch (error) {
			signal?.throwIfAborted();
			return {why: `cut short after ${part.size} of ${wanted.size} bytes: ${cause(error)}`, broken: true};
		}
		if (next.done) return undefined;
		if (part.size + next.value.length > wanted.size) {
			await chunks.return?.();
			return {why: `it is longer than the ${wanted.size} bytes that the lock says`, wrong: true};
		}
		await part.append(next.value);
		onProgress?.({done: part.size, total: wanted.size});
	}
}
