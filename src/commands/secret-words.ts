/** What nobody may see: sudo's password, the passphrase of a key. From a terminal without echo, a file, or a pipe; they stay in memory. */
import {readFileSync, statSync} from 'node:fs';
import {resolve} from 'node:path';
import {text} from 'node:stream/consumers';
import {ConfigError, Interrupted} from '../errors.ts';
import type {Walk} from '../pipeline.ts';
import type {Call, Flags} from './call.ts';

type Secret = {
	readonly what: string;
	readonly ask: string;
	readonly file: string;
	readonly asked: (flags: Flags) => boolean | undefined;
	readonly path: (flags: Flags) => string | undefined;
};

const sudo: Secret = {
	what: 'sudo password',
	ask: '--ask-sudo-password',
	file: '--sudo-password-file',
	asked: (flags) => flags.askSudoPassword,
	path: (flags) => flags.sudoPasswordFile,
};
const identity: Secret = {
	what: 'passphrase of the SSH key',
	ask: '--ask-identity-passphrase',
	file: '--identity-passphrase-file',
	asked: (flags) => flags.askIdentityPassphrase,
	path: (flags) => flags.identityPassphraseFile,
};

export type SecretWords = {
	readonly access: Pick<Walk, 'sudoPassword' | 'passphrase'>;
	/** All of them, so that no report shows one. */
	readonly values: readonly string[];
};

/** The secrets that the flags ask for. Asked before anything is drawn, so that the prompts are seen. Throws ConfigError, Interrupted. */
export async function secretWords(call: Call): Promise<SecretWords> {
	const {flags} = call;
	const fromStdin = [sudo, identity].filter(({path}) => path(flags) === '-').map(({what}) => what);
	if (flags.config === '-') fromStdin.unshift('config file');
	if (fromStdin.length > 1) throw problem(`the ${fromStdin.join(' and the ')} cannot both come from stdin`);
	const sudoPassword = await read(sudo, call);
	const passphrase = await read(identity, call);
	return {
		access: {
			...(sudoPassword !== undefined && {sudoPassword: async () => sudoPassword}),
			...(passphrase !== undefined && {passphrase: async () => passphrase}),
		},
		values: [sudoPassword, passphrase].filter((one) => one !== undefined),
	};
}

async function read({what, ask: flag, file, asked, path}: Secret, {flags, around}: Call): Promise<string | undefined> {
	const from = path(flags);
	if (asked(flags) && from !== undefined) throw problem(`${flag} and ${file} exclude each other`);
	const given = (word: string) => {
		if (word === '') throw problem(`the ${what} is empty`);
		return word;
	};
	if (asked(flags)) {
		if (!around.stdin.isTTY) throw problem(`${flag} needs a terminal`, `without one: ${file} FILE, or - for stdin`);
		return given(await ask(around.stdin, around.stderr, `${what}: `));
	}
	if (from === undefined) return undefined;
	return given(from === '-' ? firstLine(await text(around.stdin)) : fromFile(resolve(around.cwd, from)));
}

function fromFile(path: string): string {
	try {
		if ((statSync(path).mode & 0o077) !== 0) throw problem(`${path} can be read by others`, `chmod 600 ${path}`);
		return firstLine(readFileSync(path, 'utf8'));
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		throw problem(error instanceof Error ? error.message : String(error));
	}
}

/** Reads one line from a terminal without showing it. Ctrl-C throws Interrupted, backspace works, Ctrl-D ends. */
async function ask(stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream, prompt: string): Promise<string> {
	stderr.write(prompt);
	stdin.setRawMode(true);
	stdin.setEncoding('utf8');
	try {
		let typed = '';
		for await (const chunk of stdin.iterator({destroyOnReturn: false})) {
			for (const key of String(chunk)) {
				if (key === '\r' || key === '\n' || key === '\u0004') return typed;
				if (key === '\u0003') throw new Interrupted();
				typed = key === '\u007f' || key === '\b' ? Array.from(typed).slice(0, -1).join('') : typed + key;
			}
		}
		return typed;
	} finally {
		stdin.setRawMode(false);
		stdin.pause();
		stderr.write('\n');
	}
}

function firstLine(content: string): string {
	return content.split(/\r?\n/, 1)[0] ?? '';
}

function problem(message: string, hint?: string): ConfigError {
	return new ConfigError([{message, ...(hint === undefined ? {} : {hint})}]);
}
