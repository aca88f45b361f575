/** HTTP for artifacts: redirects by hand, checked certificates, plain HTTP only where the operator said so. The one door to undici. */
import {readFileSync} from 'node:fs';
import type {Readable} from 'node:stream';
import {Agent, type Dispatcher, request} from 'undici';
import type {Mirror} from '../model.ts';
import {isInsecure} from './mirror.ts';

export type Answer = {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: Readable;
};

export type Wire = {
	/** GET from a byte offset on; follows redirects. Rejects with a WireError, or with the signal's reason. */
	get(url: string, from: number, signal?: AbortSignal): Promise<Answer>;
	close(): Promise<void>;
};

export class WireError extends Error {}

/** Milliseconds of silence that a mirror may keep in each phase. */
export const defaultSilence = {connect: 10_000, headers: 30_000, body: 30_000};

const mostRedirects = 5;

/** Opens connections as a mirror wants it. Throws WireError when its CA file cannot be read. */
export function openWire(mirror: Mirror, silence: typeof defaultSilence = defaultSilence): Wire {
	const common = {headersTimeout: silence.headers, bodyTimeout: silence.body};
	const ca = mirror.ca === undefined ? {} : {ca: readCa(mirror.ca)};
	const strict = new Agent({...common, connect: {timeout: silence.connect, ...ca}});
	const lax = new Agent({...common, connect: {timeout: silence.connect, rejectUnauthorized: false}});
	return {
		get: async (first, from, signal) => {
			let url = first;
			for (let redirects = 0; redirects <= mostRedirects; redirects++) {
				const insecure = isInsecure(url, mirror);
				if (url.startsWith('http:') && !insecure) {
					throw new WireError(
						`plain HTTP is spoken only to hosts that mirror.insecure names (${new URL(url).host} is not there)`,
					);
				}
				const answer = await ask(url, from, insecure ? lax : strict, signal);
				if (answer.status < 300 || answer.status > 399) return answer;
				answer.body.on('error', () => {}).destroy();
				const {location} = answer.headers;
				if (typeof location !== 'string') throw new WireError(`HTTP ${answer.status} without a place to go to`);
				url = new URL(location, url).href;
				if (!/^https?:/.test(url)) throw new WireError(`a redirect to ${url}, which is neither HTTP nor HTTPS`);
			}
			throw new WireError(`more than ${mostRedirects} redirects`);
		},
		close: async () => {
			await Promise.all([strict.destroy(), lax.destroy()]);
		},
	};
}

function readCa(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		throw new WireError(`mirror.ca ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, {cause: error});
	}
}

async function ask(url: string, from: number, dispatcher: Dispatcher, signal: AbortSignal | undefined): Promise<Answer> {
	try {
		const headers = {
			'user-agent': 'kubestrap',
			accept: '*/*',
			'accept-encoding': 'identity',
			...(from > 0 && {range: `bytes=${from}-`}),
		};
		const {statusCode, headers: said, body} = await request(url, {dispatcher, headers, ...(signal && {signal})});
		return {status: statusCode, headers: said, body};
	} catch (error) {
		signal?.throwIfAborted();
		throw new WireError(cause(error), {cause: error});
	}
}

/** What broke the connection, in words. */
export function cause(error: unknown): string {
	const {code = '', message} = error as NodeJS.ErrnoException;
	const words: Record<string, string> = {
		ECONNREFUSED: 'the connection was refused',
		ENOTFOUND: 'the name does not resolve',
		EAI_AGAIN: 'the name does not resolve (no name service)',
		ECONNRESET: 'the connection was reset',
		UND_ERR_SOCKET: 'the connection broke off',
		UND_ERR_ABORTED: 'the connection broke off',
		UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection broke off',
		UND_ERR_CONNECT_TIMEOUT: 'no answer to the connection attempt',
		UND_ERR_HEADERS_TIMEOUT: 'no answer to the request',
		UND_ERR_BODY_TIMEOUT: 'the transfer stalled',
	};
	if (/CERT|SIGNATURE|ISSUER/.test(code)) return `the certificate is not trusted (${code}); name its CA in mirror.ca`;
	return words[code] ?? (message || code || String(error));
}
