/** The sudo password: from a terminal without echo, from a file, or from a pipe. It stays in memory and travels on stdin. */
import {readFileSync, statSync} from 'node:fs';
import {resolve} from 'node:path';
import {text} from 'node:stream/consumers';
import {ConfigError, Interrupted} from '../errors.ts';
import type {Call} from './call.ts';

/** The password that the flags ask for, or nothing. Asked before anything is drawn, so that the prompt is seen. */
export async function sudoPassword({flags, around}: Call): Promise<string | undefined> {
	const {askSudoPassword, sudoPasswordFile, config} = flags;
	if (askSudoPassword && sudoPasswordFile !== undefined)
		throw problem('--ask-sudo-password and --sudo-password-file exclude each other');
	if (askSudoPassword) return given(await ask(around.stdin, around.stderr, 'sudo password: '));
	if (sudoPasswordFile === undefined) return undefined;
	if (sudoPasswordFile !== '-') return given(fromFile(resolve(around.cwd, sudoPasswordFile)));
	if (config === '-') throw problem('the config file and the sudo password cannot both come from stdin');
	return given(firstLine(await text(around.stdin)));
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
	if (!stdin.isTTY)
		throw problem('--ask-sudo-password needs a terminal', 'without one: --sudo-password-file FILE, or - for stdin');
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

function given(password: string): string {
	if (password === '') throw problem('the sudo password is empty');
	return password;
}

function problem(message: string, hint?: string): ConfigError {
	return new ConfigError([{message, ...(hint === undefined ? {} : {hint})}]);
}
