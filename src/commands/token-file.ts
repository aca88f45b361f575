/** A token that the operator gives: from a file, from stdin, or from the command line as kubeadm takes it. */
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {text} from 'node:stream/consumers';
import {tokenPattern} from '../contract/bootstrap-tokens.ts';
import {ConfigError} from '../errors.ts';
import type {Call} from './call.ts';
import {publicSecret} from './public-secret.ts';

/** The token, or nothing when one shall be made. Throws ConfigError, which never shows what was given: it may be most of a secret. */
export async function tokenFrom({flags, around}: Call): Promise<string | undefined> {
	const {tokenFile} = flags.token;
	const [word] = flags.words;
	if (word !== undefined && tokenFile !== undefined) throw problem('a token and --token-file exclude each other');
	if (word !== undefined) around.stderr.write(publicSecret('the token', '--token-file FILE, or - for stdin, keeps it to you'));
	if (tokenFile === undefined) return word === undefined ? undefined : checked(word, 'the token');
	if (tokenFile !== '-') return checked(read(resolve(around.cwd, tokenFile)), tokenFile);
	if ([flags.config, flags.sudoPasswordFile, flags.identityPassphraseFile].includes('-'))
		throw problem('two things cannot both come from stdin');
	return checked(await text(around.stdin), 'stdin');
}

function checked(given: string, where: string): string {
	const token = given.trim();
	if (tokenPattern.test(token)) return token;
	throw problem(`${where} is not of the form [a-z0-9]{6}.[a-z0-9]{16}`, 'without one, a token is made');
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw problem(`--token-file: ${error instanceof Error ? error.message : String(error)}`);
	}
}

function problem(message: string, hint?: string): ConfigError {
	return new ConfigError([{message, ...(hint === undefined ? {} : {hint})}]);
}
