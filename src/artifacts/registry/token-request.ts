/** Asking a token server, and reading its answer. Pure. */
import type {Ask} from '../wire.ts';
import type {Credential} from './credentials.ts';

/** `repository:NAME:pull,push`, as the distribution project's token specification has it. */
export type Scope = string;

/** Why a registry does not let us in, in words without any secret. */
export class AuthorityError extends Error {}

/** Seconds that a token lives when its server does not say: the specification's default. */
export const usualSeconds = 60;

/** The request for a token, as the token specification has it. */
export function tokenRequest(
	url: URL,
	service: string,
	scopes: readonly Scope[],
	credential: Credential | undefined,
	signal: AbortSignal | undefined,
): [string, Ask] {
	const params = new URLSearchParams(service === '' ? {} : {service});
	if (credential !== undefined && 'token' in credential) {
		// OAuth2 of the token specification: the identity token goes into the body, where no log of addresses has it.
		for (const [name, value] of Object.entries({
			grant_type: 'refresh_token',
			client_id: 'kubestrap',
			refresh_token: credential.token,
		}))
			params.set(name, value);
		params.set('scope', scopes.join(' '));
		const headers = {'content-type': 'application/x-www-form-urlencoded'};
		return [url.href, {method: 'POST', headers, body: Buffer.from(params.toString()), signal}];
	}
	for (const scope of scopes) params.append('scope', scope);
	for (const [name, value] of params) url.searchParams.append(name, value);
	const headers = credential !== undefined && 'user' in credential ? {authorization: basic(credential)} : {};
	return [url.href, {headers, signal}];
}

/** What a token server answered. Throws AuthorityError without a word of the answer. */
export function readToken(text: string, where: string): {token: string; seconds: number} {
	let said: {token?: unknown; access_token?: unknown; expires_in?: unknown} = {};
	try {
		said = (JSON.parse(text) ?? {}) as typeof said;
	} catch {
		// Said below, without its words: they may hold a token.
	}
	const token = said.token ?? said.access_token;
	if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
		throw new AuthorityError(`${where} answers something that is no token`);
	const seconds = Number(said.expires_in ?? usualSeconds);
	return {token, seconds: seconds > 0 ? seconds : usualSeconds};
}

export function basic({user, password}: {user: string; password: string}): string {
	return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
