/** HTTP for artifacts: redirects by hand, checked certificates, plain HTTP only where the operator said so. The one door to undici. */
import {X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import type {Readable} from 'node:stream';
import {createSecureContext, getCACertificates} from 'node:tls';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import {ConfigError} from '../errors.ts';
import type {Mirror} from '../model.ts';
import {isInsecure} from './mirror.ts';

export type Answer = {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: Readable;
};

/** One request. `body` goes out as it comes; its length must be among the headers, or it is sent in pieces. */
export type Ask = {
	readonly method?: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
	readonly signal?: AbortSignal | undefined;
};

export type Wire = {
	/** One request, and whatever is answered: no redirect is followed. Rejects with a WireError, or with the signal's reason. */
	ask(url: string, ask?: Ask): Promise<Answer>;
	/** GET from a byte offset on; follows redirects. Rejects with a WireError, or with the signal's reason. */
	get(url: string, from: number, signal?: AbortSignal): Promise<Answer>;
	close(): Promise<void>;
};

export class WireError extends Error {
	/** It will be the same the next time: a name that does not exist, a certificate that is not trusted, what we refuse ourselves. */
	readonly lasting: boolean;
	constructor(message: string, options: {cause?: unknown; lasting?: boolean} = {}) {
		super(message, options);
		this.lasting = options.lasting ?? options.cause === undefined;
	}
}

/** Milliseconds of silence that a mirror may keep in each phase. */
export const defaultSilence = {connect: 10_000, headers: 30_000, body: 30_000};

export const mostRedirects = 5;
/** To one host at a time; more requests than that wait for each other. */
const mostConnections = 16;
/** Bytes of an answer that wait for their reader, so that the line does not. */
const highWaterMark = 1 << 20;
const usual = {'user-agent': 'kubestrap', accept: '*/*', 'accept-encoding': 'identity'};

/** Opens connections as a mirror wants it. Throws ConfigError when its CA file cannot be read. */
export function openWire(mirror: Pick<Mirror, 'ca' | 'insecure'>, silence: typeof defaultSilence = defaultSilence): Wire {
	const common = {headersTimeout: silence.headers, bodyTimeout: silence.body, connections: mostConnections};
	// Beside the public authorities, not instead of them: a redirect, and the next mirror, may be somebody else's.
	const ca =
		mirror.ca === undefined ? {} : {secureContext: createSecureContext({ca: [...getCACertificates(), readCa(mirror.ca)]})};
	// Said outright, because NODE_TLS_REJECT_UNAUTHORIZED in the environment would change what is left unsaid.
	const strict = new Agent({...common, connect: {timeout: silence.connect, rejectUnauthorized: true, ...ca}});
	const lax = new Agent({...common, connect: {timeout: silence.connect, rejectUnauthorized: false}});
	const once = async (url: string, {method = 'GET', headers, body, signal}: Ask = {}): Promise<Answer> => {
		const insecure = isInsecure(url, mirror);
		if (url.startsWith('http:') && !insecure) {
			throw new WireError(`plain HTTP is spoken only to hosts that mirror.insecure names (${new URL(url).host} is not there)`);
		}
		const common = {method, headers: {...usual, ...headers}, highWaterMark, ...(signal && {signal})};
		try {
			const sent = body === undefined ? {} : {body: body as Readable};
			const {origin, pathname, search} = new URL(url);
			const answer = await request.call(insecure ? lax : strict, {origin, path: `${pathname}${search}`, ...common, ...sent});
			// Whoever reads the body hears of its errors; nobody else must, least of all after it was left alone.
			answer.body.on('error', () => {});
			return {status: answer.statusCode, headers: answer.headers, body: answer.body};
		} catch (error) {
			signal?.throwIfAborted();
			throw new WireError(cause(error), {cause: error, lasting: isLasting(error)});
		}
	};
	return {
		ask: once,
		get: async (first, from, signal) => {
			let url = first;
			for (let redirects = 0; redirects <= mostRedirects; redirects++) {
				const answer = await once(url, {signal, headers: from > 0 ? {range: `bytes=${from}-`} : {}});
				if (answer.status < 300 || answer.status > 399) return answer;
				url = redirectOf(url, answer);
			}
			throw new WireError(`more than ${mostRedirects} redirects`);
		},
		close: async () => {
			await Promise.all([strict.destroy(), lax.destroy()]);
		},
	};
}

const caHint = 'name another file: mirror.ca, --ca-file';

function readCa(file: string): string {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		const message = `the authority of the mirrors cannot be read (${(error as NodeJS.ErrnoException).code})`;
		throw new ConfigError([{file, message, hint: caHint}], {cause: error});
	}
	try {
		new X509Certificate(text);
	} catch (error) {
		// TLS itself passes over what it cannot read, and then trusts nobody.
		throw new ConfigError([{file, message: 'the authority of the mirrors holds no certificate in PEM form', hint: caHint}], {
			cause: error,
		});
	}
	return text;
}

/** Where a redirect leads; its body is left alone. Throws WireError when that is no place for us. */
export function redirectOf(from: string, {status, headers: {location}, body}: Answer): string {
	body.destroy();
	if (typeof location !== 'string') throw new WireError(`HTTP ${status} without a place to go to`);
	if (!URL.canParse(location, from)) throw new WireError('a redirect to something that is no address');
	const {href, protocol} = new URL(location, from);
	if (!/^https?:$/.test(protocol)) throw new WireError(`a redirect to ${protocol}, which is neither HTTP nor HTTPS`);
	return href;
}

const isUntrusted = (code: string) => /CERT|SIGNATURE|ISSUER/.test(code);

function isLasting(error: unknown): boolean {
	const {code = ''} = error as NodeJS.ErrnoException;
	return code === 'ENOTFOUND' || isUntrusted(code);
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
	if (isUntrusted(code)) return `the certificate is not trusted (${code}); name its CA in mirror.ca`;
	return words[code] ?? (message || code || String(error));
}
