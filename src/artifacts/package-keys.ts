/** The keys that package repositories are signed with: fetched by the operator, and used only when their fingerprint is the one that was wanted. */
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {env, pid} from 'node:process';
import {KubestrapError, StepError} from '../errors.ts';
import type {Mirror} from '../model.ts';
import {armor, dearmor, readPublicKey} from '../packages/openpgp.ts';
import type {AptSource} from '../packages/repositories.ts';
import {openWire, type Wire} from './wire.ts';

export type KeyOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Default: `$XDG_CACHE_HOME/kubestrap/keys`, or below `~/.cache`. */
	readonly folder?: string;
	/** Milliseconds since 1970: a key in the cache that has ended by then is fetched anew, its owner may have made it longer. */
	readonly now?: number;
};

/** No key of a repository is longer, in bytes. */
const longest = 256 * 1024;

/**
 * The armored key of each repository, by the repository's name, from the cache or from the network. Throws StepError that names every repository
 * whose key could not be had, is none, is several, or has another fingerprint: nothing has been changed then.
 */
export async function repositoryKeys(
	sources: readonly AptSource[],
	mirror: Mirror,
	{signal, folder = defaultFolder(), now = Date.now()}: KeyOptions = {},
): Promise<Readonly<Record<string, string>>> {
	if (sources.length === 0) return {};
	const wire = openWire(mirror);
	try {
		const found = await Promise.all(sources.map((source) => keyOf(source, wire, {signal, folder, now})));
		const bad = found.filter((one) => one instanceof KubestrapError);
		if (bad.length > 0) {
			const hint = [...new Set(bad.map((error) => error.hint))].join('\n');
			throw new StepError(bad.map(({message}) => message).join('\n'), {hint});
		}
		return Object.fromEntries(sources.map(({name}, at) => [name, found[at] as string]));
	} finally {
		await wire.close();
	}
}

const defaultFolder = () => join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubestrap', 'keys');

async function keyOf(
	{name, keyUrl, fingerprint}: AptSource,
	wire: Wire,
	{signal, folder, now}: Required<Omit<KeyOptions, 'signal'>> & Pick<KeyOptions, 'signal'>,
): Promise<string | KubestrapError> {
	const file = join(folder, `${fingerprint}.asc`);
	const kept = await readFile(file, 'utf8').catch(() => undefined);
	if (kept !== undefined && judge(kept, fingerprint, now) === undefined) return plain(kept);
	const wrong = (why: string, hint: string) => new StepError(`the key of package repository ${name}, ${keyUrl}: ${why}`, {hint});
	let text: string;
	try {
		text = await fetched(keyUrl, wire, signal);
	} catch (error) {
		signal?.throwIfAborted();
		return wrong((error as Error).message, 'mend the mirror, or name another one (spec.mirror.packages)');
	}
	const fault = judge(text, fingerprint, now);
	if (fault !== undefined) return wrong(fault.why, fault.hint);
	// Only to spare the next run a fetch: a folder that cannot be written stops nobody.
	const part = `${file}.${pid}`;
	await mkdir(folder, {recursive: true, mode: 0o700})
		.then(() => writeFile(part, text, {mode: 0o600}))
		.then(() => rename(part, file))
		.catch(() => {});
	return plain(text);
}

/** The very bytes that were judged, and nothing that stood around them: apt takes every armor that it finds in a file, also where we see none. */
const plain = (text: string): string => armor(dearmor(text));

async function fetched(url: string, wire: Wire, signal: AbortSignal | undefined): Promise<string> {
	const answer = await wire.get(url, 0, signal);
	answer.body.on('error', () => {});
	if (answer.status !== 200) {
		answer.body.destroy();
		throw new Error(`HTTP ${answer.status}`);
	}
	let text = '';
	for await (const chunk of answer.body) {
		text += (chunk as Buffer).toString('latin1');
		if (text.length > longest) throw new Error('far too long for a key');
	}
	return text;
}

/** What is wrong with a key, and what to do; undefined when it is the one. */
function judge(text: string, fingerprint: string, now: number): {why: string; hint: string} | undefined {
	try {
		const key = readPublicKey(text);
		if (key.fingerprint !== fingerprint) {
			return {
				why: `its fingerprint is ${key.fingerprint}, not ${fingerprint} as the lock has it`,
				hint: 'the mirror serves another key; if the publisher has changed its key, make the lock anew (`kubestrap images lock`)',
			};
		}
		if (key.expires !== undefined && key.expires <= now) {
			return {
				why: `it has expired (${new Date(key.expires).toISOString().slice(0, 10)})`,
				hint: 'the publisher makes keys longer from time to time: take a mirror that is up to date',
			};
		}
		return undefined;
	} catch (error) {
		return {why: (error as Error).message, hint: 'name a mirror that has the key at this place (spec.mirror.packages)'};
	}
}
