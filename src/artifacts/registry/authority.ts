/** Who we are to a registry: what its 401 asks for, tokens of its token server, kept until they expire. */

import type {Answer, Ask} from '../wire.ts';
import {WireError} from '../wire.ts';
import {limited, TooLong, TooSlow} from './body.ts';
import {type Challenge, challenges} from './challenge.ts';
import type {Credential, Credentials} from './credentials.ts';
import {AuthorityError, basic, readToken, type Scope, tokenRequest, usualSeconds} from './token-request.ts';

export type Authority = {
	/** What to send along: nothing as long as the registry never asked. */
	header(origin: string, scopes: readonly Scope[]): string | undefined;
	/** After a 401: gets what it asks for. False: it would be the same again. Throws AuthorityError. */
	answer(question: Unanswered): Promise<boolean>;
};

type Unanswered = {
	/** Scheme, host and port that were asked. */
	readonly origin: string;
	/** The registry as references name it, and the repository: whose credentials. */
	readonly registry: string;
	readonly repository: string;
	readonly scopes: readonly Scope[];
	readonly challenge: string | string[] | undefined;
	/** What was sent with the request that got the 401. */
	readonly sent: string | undefined;
	readonly signal?: AbortSignal | undefined;
};

type Kept = {readonly header: string; readonly until: number};
/** How much earlier a token is renewed than it ends: it may be used for a request that waits. */
const earlierSeconds = 10;
const mostAnswer = 1 << 20;

export function openAuthority(ask: (url: string, ask: Ask) => Promise<Answer>, credentials: Credentials): Authority {
	const kept = new Map<string, Kept>();
	const asking = new Map<string, Promise<Kept>>();
	const keyOf = (origin: string, scopes: readonly Scope[]) => [origin, ...scopes.toSorted()].join(' ');
	const keep = (key: string, header: string, seconds = Number.POSITIVE_INFINITY): Kept => {
		const one = {header, until: performance.now() + 1000 * Math.max(seconds - earlierSeconds, 1)};
		kept.set(key, one);
		return one;
	};
	const header = (origin: string, scopes: readonly Scope[]) => {
		const one = kept.get(keyOf(origin, scopes)) ?? kept.get(keyOf(origin, []));
		return one === undefined || one.until < performance.now() ? undefined : one.header;
	};
	return {
		header,
		answer: async (question) => {
			const {origin, registry, repository, scopes, sent} = question;
			const current = header(origin, scopes);
			// Somebody else has got a new token since.
			if (current !== undefined && current !== sent) return true;
			const key = keyOf(origin, scopes);
			const offers = challenges(question.challenge);
			const bearer = offers.find(({scheme}) => scheme === 'bearer');
			const credential = await credentials(registry, repository);
			if (bearer !== undefined) {
				// A token that was just refused is not asked for twice.
				if (sent?.startsWith('Bearer ') && kept.get(key)?.header === sent) kept.delete(key);
				const work =
					asking.get(key) ??
					tokenFor(bearer, question, credential).then(({token, seconds}) => keep(key, `Bearer ${token}`, seconds));
				asking.set(key, work);
				try {
					return (await work).header !== sent;
				} finally {
					asking.delete(key);
				}
			}
			if (offers.some(({scheme}) => scheme === 'basic')) {
				if (credential === undefined) throw new AuthorityError('it wants a user and a password, and none is known for it');
				if (!('user' in credential)) throw new AuthorityError('it wants a user and a password, but only a token is known for it');
				return keep(keyOf(origin, []), basic(credential)).header !== sent;
			}
			throw new AuthorityError('it refuses (401) without saying what it wants');
		},
	};

	async function tokenFor(offer: Challenge, {scopes, origin, signal}: Unanswered, credential: Credential | undefined) {
		if (credential !== undefined && 'bearer' in credential) return {token: credential.bearer, seconds: usualSeconds};
		const {realm = '', service = ''} = offer.params;
		const url = URL.canParse(realm) ? new URL(realm) : undefined;
		if (url === undefined || !/^https?:$/.test(url.protocol))
			throw new AuthorityError('its token server (realm) has no usable address');
		const where = `its token server ${url.host}`;
		try {
			const {status, headers, body} = await ask(...tokenRequest(url, service, scopes, credential, signal));
			const text = (await limited(body, mostAnswer)).toString('utf8');
			if (status === 401 || status === 403)
				throw new AuthorityError(
					credential === undefined
						? `${where} gives nothing to strangers (${status})`
						: `${where} does not take the credentials (${status})`,
				);
			if (status !== 200)
				throw new AuthorityError(
					`${where} answers ${status}${status > 299 && status < 400 && headers.location ? ', a redirect: credentials are not carried on' : ''}`,
				);
			return readToken(text, where);
		} catch (error) {
			if (error instanceof WireError || error instanceof TooSlow || error instanceof TooLong)
				throw new AuthorityError(`${where}: ${error.message} (asked for by ${origin})`, {cause: error});
			throw error;
		}
	}
}
