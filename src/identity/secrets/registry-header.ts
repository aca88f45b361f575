/** What containerd sends along to a registry, as a line of its hosts.toml: the credentials stay with the operator, and come as a secret. */
import {type Credential, openCredentials} from '../../artifacts/registry/credentials.ts';
import {ConfigError, IdentityError} from '../../errors.ts';

export type Hide = (value: string) => string;

/**
 * Gives, for a registry's host, the line `header = {Authorization = "…"}`; an empty one when the file knows nobody there. The file is read when the
 * first line is asked for. Throws IdentityError when the file cannot be used.
 */
export function registryHeaders(file: string | undefined, hide: Hide): (host: string) => Promise<string> {
	let credentials: ReturnType<typeof openCredentials> | undefined;
	return async (host) => {
		if (file === undefined) return '';
		try {
			credentials ??= openCredentials(file);
			const known = await credentials(host);
			return known === undefined ? '' : `header = {Authorization = ${JSON.stringify(wordOf(known, host, hide))}}`;
		} catch (error) {
			if (!(error instanceof ConfigError)) throw error;
			throw new IdentityError(error.message, {hint: error.hint, cause: error});
		}
	};
}

function wordOf(known: Credential, host: string, hide: Hide): string {
	if ('user' in known) {
		hide(known.password);
		return `Basic ${hide(Buffer.from(`${known.user}:${known.password}`).toString('base64'))}`;
	}
	if ('bearer' in known) return `Bearer ${hide(known.bearer)}`;
	throw new IdentityError(`for ${host} there is an identity token only, which containerd cannot use`, {
		hint: 'put a user and a password, or an access token, for it into the file of mirror.auth',
	});
}
