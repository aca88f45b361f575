/** Requests to registries: who we are, redirects, patience with busy ones. What comes back is an answer that was asked for, or an error in words. */
import {setTimeout as sleep} from 'node:timers/promises';
import {printable} from '../../checks/printable.ts';
import {type Answer, type Ask, mostRedirects, redirectOf, type Wire, WireError} from '../wire.ts';
import {openAuthority} from './authority.ts';
import {drop, limited} from './body.ts';
import type {Credentials} from './credentials.ts';
import {RegistryError, type RegistryFault} from './failure.ts';
import {openOrigins} from './origins.ts';
import {AuthorityError, type Scope} from './token-request.ts';

export type Question = {
	/** The registry as references name it, and the reference: for messages, and for credentials. */
	readonly registry: string;
	readonly repository: string;
	readonly ref: string;
	/** A path below the registry, or a whole address that the registry gave. */
	readonly to: string;
	readonly method?: NonNullable<Ask['method']>;
	readonly headers?: Readonly<Record<string, string>>;
	readonly scopes: readonly Scope[];
	/** Made anew for each try; a body that can be sent only once makes one try. */
	readonly body?: () => NonNullable<Ask['body']>;
	readonly once?: true;
	/** What counts as an answer; anything else is an error. */
	readonly statuses: readonly number[];
};

export type Talk = {
	/** Rejects with RegistryError, or with the signal's reason. The address is the one that answered, after redirects. */
	ask(question: Question): Promise<Answer & {readonly url: string}>;
};

/** How long a busy or broken registry is borne: tries in all, the first pause (each next one is twice as long), and the longest. */
export type Patience = {readonly tries: number; readonly pauseMs: number; readonly mostMs: number};
export const usualPatience: Patience = {tries: 5, pauseMs: 200, mostMs: 30_000};

export type TalkOptions = {
	readonly wire: Wire;
	readonly insecure: readonly string[];
	/** Of these, those that are known to speak plain HTTP. */
	readonly plain: readonly string[];
	readonly credentials: Credentials;
	readonly patience?: Patience;
	readonly signal?: AbortSignal | undefined;
};

export function openTalk({wire, insecure, plain, credentials, patience = usualPatience, signal}: TalkOptions): Talk {
	const authority = openAuthority((url, ask) => wire.ask(url, ask), credentials);
	const originOf = openOrigins(wire, {insecure, plain}, signal);
	return {
		ask: async (question) => {
			const {registry, ref, statuses, once} = question;
			const fail = (fault: RegistryFault, why: string, cause?: unknown) =>
				new RegistryError(fault, {where: registry, ref}, why, cause === undefined ? {} : {cause});
			let last = fail('silent', 'was never asked');
			for (let left = once ? 1 : patience.tries, pause = patience.pauseMs; left > 0; left--, pause *= 2) {
				signal?.throwIfAborted();
				let wait = pause;
				try {
					const answer = await walk(question, await originOf(registry));
					if (statuses.includes(answer.status)) return answer;
					last = await refusal(answer, fail);
					if (answer.status !== 429 && (answer.status < 500 || answer.status === 501)) throw last;
					wait = Math.max(pause, retryAfter(answer));
				} catch (error) {
					if (error instanceof AuthorityError) throw fail('denied', error.message, error);
					if (error instanceof FinalError) throw fail('wrong', error.message, error);
					if (!(error instanceof WireError)) throw error;
					last = fail('silent', error.message, error);
					if (error.lasting) throw last;
				}
				if (wait > patience.mostMs)
					throw fail('silent', `${last.why}; it wants to be asked again in ${Math.ceil(wait / 1000)} s, which is too long`);
				if (left > 1)
					await sleep(Math.min(wait, patience.mostMs), undefined, signal && {signal}).catch(() => signal?.throwIfAborted());
			}
			throw last;
		},
	};

	/** One try: with what we are, and along redirects. Beyond the registry's own origin nobody learns who we are. */
	async function walk(question: Question, origin: string): Promise<Answer & {url: string}> {
		const {registry, repository, scopes, method = 'GET', headers, body} = question;
		let url = new URL(question.to, origin).href;
		for (let redirects = 0, asked = 0; ; ) {
			const home = new URL(url).origin === origin;
			const sent = home ? authority.header(origin, scopes) : undefined;
			const authorization = sent === undefined ? {} : {authorization: sent};
			const given = body === undefined ? {} : {body: body()};
			const answer = await wire.ask(url, {method, headers: {...headers, ...authorization}, signal, ...given});
			if (answer.status === 401 && home && asked < 2) {
				asked += 1;
				await drop(answer.body);
				const challenge = answer.headers['www-authenticate'];
				if (!(await authority.answer({origin, registry, repository, scopes, challenge, sent, signal})))
					throw new AuthorityError('it does not take the credentials (401)');
				if (question.once) throw new WireError('it wants to know again who we are, in the middle of an upload', {lasting: false});
				continue;
			}
			if (![301, 302, 303, 307, 308].includes(answer.status) || question.statuses.includes(answer.status))
				return {...answer, url};
			redirects += 1;
			if (redirects > mostRedirects) throw new FinalError(`more than ${mostRedirects} redirects`);
			if (body !== undefined) throw new FinalError(`it redirects an upload (${answer.status})`);
			url = redirectOf(url, answer);
		}
	}
}

/** What no further try makes better. */
class FinalError extends Error {}

const faults: Readonly<Record<number, RegistryFault>> = {401: 'denied', 403: 'denied', 404: 'absent'};

async function refusal(answer: Answer, fail: (fault: RegistryFault, why: string) => RegistryError): Promise<RegistryError> {
	const {status, body} = answer;
	const text = (await limited(body, 65_536).catch(() => Buffer.alloc(0))).toString('utf8');
	const fault = faults[status] ?? (status === 429 || status >= 500 ? 'silent' : 'wrong');
	const words = errorWords(text);
	return fail(fault, `HTTP ${status}${words === '' ? '' : ` (${words})`}`);
}

/** `CODE: message` of the specification's error body; nothing of any other body. */
function errorWords(text: string): string {
	try {
		const {errors} = JSON.parse(text) as {errors?: unknown};
		const [first] = Array.isArray(errors) ? (errors as {code?: unknown; message?: unknown}[]) : [];
		const words = [first?.code, first?.message].filter((word) => typeof word === 'string' && word !== '');
		return printable(words.join(': '));
	} catch {
		return '';
	}
}

/** Milliseconds of `Retry-After`: seconds, or a date. */
function retryAfter({headers}: Answer): number {
	const said = String(headers['retry-after'] ?? '');
	if (/^\d+$/.test(said)) return Number(said) * 1000;
	const date = Date.parse(said);
	return Number.isNaN(date) ? 0 : Math.max(0, date - Date.now());
}
