/** What a server is asked before a file is fetched, or instead: how long it is, or the whole of a short one. */
import {askFolder} from './local-file.ts';
import {limited, TooLong} from './registry/body.ts';
import {cause, mostRedirects, redirectOf, type Wire, WireError} from './wire.ts';

/** Bytes of a checksum file. */
const most = 1 << 20;

/** The length of a file, or in words why there is none. Rejects with a WireError, or with the signal's reason. */
export async function lengthOf(wire: Wire, first: string, signal: AbortSignal | undefined): Promise<number | string> {
	if (first.startsWith('file:')) return lengthHere(first);
	let url = first;
	for (let left = mostRedirects; left >= 0; left--) {
		const answer = await wire.ask(url, {method: 'HEAD', signal});
		if (answer.status >= 300 && answer.status <= 399) {
			url = redirectOf(url, answer);
			continue;
		}
		answer.body.destroy();
		if (answer.status !== 200) return `HTTP ${answer.status}`;
		const said = Number(answer.headers['content-length']);
		return Number.isSafeInteger(said) && said > 0 ? said : 'it does not say how long it is';
	}
	throw new WireError(`more than ${mostRedirects} redirects`);
}

async function lengthHere(url: string): Promise<number | string> {
	const {status, headers, body} = await askFolder(url);
	body.destroy();
	return status === 200 ? Number(headers['content-length']) : 'there is no such file';
}

/** The text of a short file. Rejects with a WireError, or with the signal's reason. */
export async function textOf(wire: Wire, url: string, signal: AbortSignal | undefined): Promise<string> {
	const {status, body} = await wire.get(url, 0, signal);
	if (status !== 200) {
		body.destroy();
		throw new WireError(`${url} answers HTTP ${status}`);
	}
	try {
		return (await limited(body, most)).toString('utf8');
	} catch (error) {
		signal?.throwIfAborted();
		throw new WireError(`${url}: ${error instanceof TooLong ? error.message : cause(error)}`, {cause: error});
	}
}
