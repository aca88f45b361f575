/** Fetches one locked file: from the first address that gives exactly the locked bytes, going on where a broken transfer stopped. */
import type {LockedBinary} from '../model.ts';
import {type Blame, blameBeginning, blameStatus, type Miss, quoteBeginning} from './blame.ts';
import {askFolder} from './local-file.ts';
import type {Part} from './part.ts';
import {type Answer, cause, type Wire, WireError} from './wire.ts';

export type DownloadOptions = {
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((progress: {done: number; total: number}) => void) | undefined;
};

/** Bytes that show what an answer is. */
const most = 1024;

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
			misses.push({url, why: fault.why, blame: fault.blame});
			break;
		}
	}
	return misses;
}

/** `broken`: the transfer, which may go on. `wrong`: the bytes, which may not stay. */
type Fault = {readonly why: string; readonly blame: Blame; readonly broken?: true; readonly wrong?: true};

async function once(
	wanted: LockedBinary,
	url: string,
	part: Part,
	wire: Wire,
	{signal, onProgress}: DownloadOptions,
): Promise<Fault | undefined> {
	if (part.size >= wanted.size) await part.restart();
	let answer: Answer;
	try {
		answer = await (url.startsWith('file:') ? askFolder(url, part.size) : wire.get(url, part.size, signal));
	} catch (error) {
		if (error instanceof WireError) return {why: error.message, blame: 'silent'};
		throw error;
	}
	const {status, headers, body} = answer;
	body.on('error', () => {});
	const refuse = (why: string, blame: Blame): Fault => {
		body.destroy();
		return {why, blame};
	};
	if (status === 206) {
		const [, start] = /^bytes (\d+)-/.exec(String(headers['content-range'])) ?? [];
		if (Number(start) !== part.size) {
			await part.restart();
			return {...refuse(`it resumed at ${start ?? 'nowhere'} when asked for another place`, 'other'), broken: true};
		}
	} else if (status === 416) {
		await part.restart();
		return {...refuse('it cannot resume', 'other'), broken: true};
	} else if (status !== 200) {
		return refuse(url.startsWith('file:') ? 'there is no such file' : `HTTP ${status}`, blameStatus(status));
	} else {
		await part.restart();
		const said = headers['content-length']?.toString();
		if (said !== undefined && Number(said) !== wanted.size) {
			// Of a file on this machine nothing is quoted: who wrote the config need not be who may read it.
			const beginning = url.startsWith('file:') ? new Uint8Array() : await beginningOf(body);
			const fault = notTheFile(beginning, `it has ${said} bytes, the lock says ${wanted.size}`);
			body.destroy();
			return fault;
		}
	}
	const from = part.size;
	const {fault, beginning} = await take(wanted, body, part, onProgress, signal);
	if (fault !== undefined) return fault;
	const seen = part.digest();
	if (part.size === wanted.size && seen === wanted.sha256) return undefined;
	// Without a length nobody promised more than this: what begins like a page is one.
	if (from === 0 && blameBeginning(beginning) !== undefined) return {...notTheFile(beginning, ''), wrong: true};
	if (part.size < wanted.size) return {why: `cut short after ${part.size} of ${wanted.size} bytes`, blame: 'short', broken: true};
	return {why: `its sha256 is ${seen}, the lock says ${wanted.sha256}`, blame: 'content', wrong: true};
}

/** What came instead of the file, by how it begins; else `otherwise`. */
function notTheFile(beginning: Uint8Array, otherwise: string): Fault {
	const blame = blameBeginning(beginning);
	if (blame === 'page') return {why: 'it answers with a web page instead of the file', blame};
	if (blame === 'json') return {why: `it answers with an error in JSON instead of the file: ${quoteBeginning(beginning)}`, blame};
	return {why: otherwise, blame: 'size'};
}

/** At least a few bytes of an answer that will not be used; a line that breaks tells no more. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<Uint8Array> {
	try {
		for await (const chunk of body) if (chunk.length > 0) return chunk.subarray(0, most);
	} catch {
		// The size alone was reason enough.
	}
	return new Uint8Array();
}

async function take(
	wanted: LockedBinary,
	body: AsyncIterable<Buffer>,
	part: Part,
	onProgress: DownloadOptions['onProgress'],
	signal: AbortSignal | undefined,
): Promise<{fault?: Fault; beginning: Uint8Array}> {
	const chunks = body[Symbol.asyncIterator]();
	let beginning: Uint8Array = new Uint8Array();
	for (;;) {
		let next: IteratorResult<Buffer>;
		try {
			next = await chunks.next();
		} catch (error) {
			signal?.throwIfAborted();
			const why = `cut short after ${part.size} of ${wanted.size} bytes: ${cause(error)}`;
			return {fault: {why, blame: 'short', broken: true}, beginning};
		}
		if (next.done) return {beginning};
		if (beginning.length === 0) beginning = next.value.subarray(0, most);
		if (part.size + next.value.length > wanted.size) {
			await chunks.return?.();
			const why = `it is longer than the ${wanted.size} bytes that the lock says`;
			return {fault: {why, blame: 'size', wrong: true}, beginning};
		}
		await part.append(next.value);
		onProgress?.({done: part.size, total: wanted.size});
	}
}
