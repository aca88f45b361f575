/** Credentials of registries, from a file like Docker's config.json and from its credential helpers. Nothing here is ever logged. */
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {env, kill} from 'node:process';
import {ConfigError} from '../../errors.ts';

/** `token` is an identity token (a refresh token of the token server), `bearer` one that is shown to the registry as it is. */
export type Credential =
	| {readonly user: string; readonly password: string}
	| {readonly token: string}
	| {readonly bearer: string};

/** The credential for a registry host, of the longest entry that a repository falls under; undefined: nobody is known there. */
export type Credentials = (host: string, repository?: string) => Promise<Credential | undefined>;

type Entry = {auth?: unknown; username?: unknown; password?: unknown; identitytoken?: unknown; registrytoken?: unknown};
type DockerConfig = {
	auths?: Readonly<Record<string, Entry>>;
	credHelpers?: Readonly<Record<string, unknown>>;
	credsStore?: unknown;
};

const helperName = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
/** How long a helper may take, and how long its output may come after its end. */
export type HelperPatience = {readonly answerMs: number; readonly restMs: number};
const usualPatience: HelperPatience = {answerMs: 30_000, restMs: 1000};
const hubKey = 'https://index.docker.io/v1/';

/**
 * Reads `file`, else `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json` when there is one. A helper is run when its registry is asked
 * for the first time. Throws ConfigError for a file that was named and cannot be read, or that is none; never with a piece of its content.
 */
export function openCredentials(file: string | undefined, patience = usualPatience): Credentials {
	const path = file ?? join(env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
	const config = readConfig(path, file !== undefined);
	const helped = new Map<string, Promise<Credential | undefined>>();
	return async (host, repository = '') => {
		const key = bestKey(Object.keys(config.auths ?? {}), host, repository);
		const plain = key === undefined ? undefined : credentialOf(config.auths?.[key] ?? {}, path, key);
		if (plain !== undefined) return plain;
		const helper = config.credHelpers?.[host] ?? config.credsStore;
		if (helper === undefined || helper === '') return undefined;
		const asked = helped.get(host) ?? askHelper(helper, host === 'docker.io' ? hubKey : host, path, patience);
		helped.set(host, asked);
		return asked;
	};
}

function readConfig(path: string, mustBeThere: boolean): DockerConfig {
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (!mustBeThere && (code === 'ENOENT' || code === 'ENOTDIR')) return {};
		throw problem(path, `the credentials cannot be read (${code})`);
	}
	try {
		const value = JSON.parse(text) as unknown;
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
	} catch {
		// The parser's message quotes the text: it stays here.
	}
	throw problem(path, "is no file like Docker's config.json");
}

/** Keys are hosts, hosts with a path in front of repositories, or Docker's old addresses (`https://host/v1/`). */
function bestKey(keys: readonly string[], host: string, repository: string): string | undefined {
	const names = host === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [host];
	const fits = keys.flatMap((key) => {
		const bare = key.replace(/^https?:\/\//, '').replace(/(?:\/v[12])?\/*$/, '');
		const name = names.find((one) => bare === one || `${one}/${repository}/`.startsWith(`${bare}/`));
		return name === undefined ? [] : [{key, length: bare.length - name.length}];
	});
	return fits.sort((one, other) => other.length - one.length)[0]?.key;
}

function credentialOf(entry: Entry, path: string, key: string): Credential | undefined {
	const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
	const token = word(entry.identitytoken);
	if (token !== undefined) return {token};
	const bearer = word(entry.registrytoken);
	if (bearer !== undefined) return {bearer};
	const [user, password] = [word(entry.username), word(entry.password)];
	if (user !== undefined && password !== undefined) return {user, password};
	const auth = word(entry.auth);
	if (auth === undefined) return undefined;
	const text = Buffer.from(auth, 'base64').toString('utf8');
	const colon = text.indexOf(':');
	if (colon < 1) throw problem(path, `auths: ${key}: auth is not the base64 of user:password`);
	return {user: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '')};
}

/** `docker-credential-NAME get` with the address on stdin (docker/docker-credential-helpers). */
async function askHelper(
	helper: unknown,
	address: string,
	path: string,
	patience: HelperPatience,
): Promise<Credential | undefined> {
	if (typeof helper !== 'string' || !helperName.test(helper))
		throw problem(path, 'names a credential helper that is no plain word');
	const program = `docker-credential-${helper}`;
	const {code, stdout} = await runHelper(program, address, path, patience);
	if (code !== 0) {
		if (/credentials not found/i.test(stdout)) return undefined;
		throw problem(path, `${program} get ended with ${code} for ${address}`);
	}
	try {
		const {Username: user, Secret: password} = JSON.parse(stdout) as {Username?: unknown; Secret?: unknown};
		if (typeof user === 'string' && typeof password === 'string')
			return user === '<token>' ? {token: password} : {user, password};
	} catch {
		// Its output is a secret, and so is what the parser would say of it.
	}
	throw problem(path, `${program} get answered something that is no credential for ${address}`);
}

type Ran = {readonly code: number | null; readonly stdout: string};

function runHelper(program: string, input: string, path: string, patience: HelperPatience): Promise<Ran> {
	return new Promise((resolve, reject) => {
		// A process group of its own, so that what it started ends with it.
		const child = spawn(program, ['get'], {stdio: ['pipe', 'pipe', 'ignore'], detached: true});
		let stdout = '';
		let timer = setTimeout(() => {
			try {
				if (child.pid !== undefined) kill(-child.pid, 'SIGKILL');
			} catch {
				// It ended this very moment.
			}
			child.stdout.destroy();
			const message = `${program} did not answer in ${patience.answerMs / 1000} s for ${input}`;
			const hint = `run it by hand to see what it waits for (echo ${input} | ${program} get), or name a file with the password with --auth-file`;
			reject(problem(path, message, hint));
		}, patience.answerMs);
		const answer = (code: number | null) => {
			clearTimeout(timer);
			child.stdout.destroy();
			resolve({code, stdout});
		};
		child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
			if (stdout.length < 65_536) stdout += chunk;
		});
		child.on('error', (error: NodeJS.ErrnoException) => {
			clearTimeout(timer);
			reject(problem(path, `${program} cannot be run (${error.code})`));
		});
		// What it left running may hold its stdout open for ever; what it printed itself is there by then.
		child.on('exit', (code) => {
			clearTimeout(timer);
			timer = setTimeout(answer, patience.restMs, code);
		});
		child.on('close', answer);
		child.stdin.on('error', () => {}).end(input);
	});
}

function problem(file: string, message: string, hint = 'mend the file, or name another one with --auth-file'): ConfigError {
	return new ConfigError([{file, message}], {hint});
}
