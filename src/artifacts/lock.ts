/** The lock file: what every artifact is, whoever serves it (interfaces.md §6). */
import {suggest} from '../cluster/suggest.ts';
import {ConfigError, type Problem} from '../errors.ts';
import type {Cluster, Lock} from '../model.ts';
import {type Path, parseYaml, toYaml, type YamlDocument} from '../yaml.ts';
import {parseImage} from './mirror.ts';

type Rule = {readonly what: string; readonly holds: (value: unknown) => boolean};
const text = (pattern: RegExp, what: string): Rule => ({
	what,
	holds: (value) => typeof value === 'string' && pattern.test(value),
});
const list = (rule: Rule): Rule => ({
	what: `a list, each ${rule.what}`,
	holds: (value) => Array.isArray(value) && value.length > 0 && value.every(rule.holds),
});

const hash = text(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits');
const source = text(
	/^(?:https:\/\/[A-Za-z0-9.-]+(?::\d+)?\/|\/?)(?!(?:.*\/)?\.\.?(?:\/|$))[A-Za-z0-9._~+-]+(?:\/[A-Za-z0-9._~+-]+)*$/,
	'a path in the release layout or an https address',
);
const rows = {
	binaries: {
		sha256: text(/^[0-9a-f]{64}$/, '64 hex digits'),
		size: {what: 'a number of bytes', holds: (value) => Number.isSafeInteger(value) && Number(value) > 0},
		from: list(source),
	},
	images: {
		platform: text(/^linux\/(?:amd64|arm64)$/, 'linux/amd64 or linux/arm64'),
		digest: hash,
		config: hash,
		diffIDs: list(hash),
		from: list(text(/^[A-Za-z0-9._/@:[\]-]+$/, 'an image reference')),
	},
} satisfies Record<string, Record<string, Rule>>;
const keys = {
	binaries: text(/^[a-z0-9][a-z0-9.-]*\/v?\d[A-Za-z0-9.+-]*\/(?:amd64|arm64)$/, 'NAME/VERSION/ARCH'),
	images: {what: 'a full image reference with a tag', holds: (ref) => parseImage(String(ref))?.tag !== undefined} as Rule,
};
const top = ['binaries', 'images', 'packages', 'madeBy', 'madeAt'];

const isMap = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a lock file. Throws ConfigError with every problem and its place. */
export function readLock(content: string, where: {file: string}): Lock {
	const {documents, problems} = parseYaml(content, where);
	const [document] = documents;
	if (problems.length > 0) throw new ConfigError(problems);
	if (documents.length !== 1 || document === undefined || !isMap(document.value))
		throw new ConfigError([{file: where.file, message: 'a lock file is one document with binaries, images, madeBy, madeAt'}]);
	const found = judge(document, document.value, where.file);
	if (found.length > 0) throw new ConfigError(found);
	const {binaries, images, madeBy, madeAt} = document.value;
	return {binaries, images, madeBy, madeAt} as Lock;
}

function judge(document: YamlDocument, lock: Record<string, unknown>, file: string): Problem[] {
	const problems: Problem[] = [];
	const complain = (path: Path, message: string, hint?: string, part: 'value' | 'key' = 'value') =>
		problems.push({file, ...document.at(path, part), message: `${path.join(': ')}: ${message}`, ...(hint ? {hint} : {})});
	const known = (path: Path, value: Record<string, unknown>, names: readonly string[]) => {
		for (const name of Object.keys(value))
			if (!names.includes(name))
				complain([...path, name], 'unknown key', suggest(name, names) ?? `known: ${names.join(', ')}`, 'key');
	};
	known([], lock, top);
	for (const name of ['madeBy', 'madeAt']) if (typeof lock[name] !== 'string') complain([name], 'must be a string');
	for (const kind of ['binaries', 'images'] as const) {
		const entries = lock[kind];
		if (!isMap(entries)) {
			complain([kind], 'must be a map');
			continue;
		}
		for (const [key, entry] of Object.entries(entries)) {
			if (!keys[kind].holds(key)) complain([kind, key], `the key must be ${keys[kind].what}`, undefined, 'key');
			if (!isMap(entry)) {
				complain([kind, key], `must be a map with ${Object.keys(rows[kind]).join(', ')}`);
				continue;
			}
			known([kind, key], entry, Object.keys(rows[kind]));
			for (const [name, {what, holds}] of Object.entries<Rule>(rows[kind]))
				if (!holds(entry[name]))
					complain([kind, key, name], entry[name] === undefined ? `is missing: ${what}` : `must be ${what}`);
		}
	}
	return problems;
}

/** The text of a lock file, sorted so that a review shows only what changed. */
export function writeLock(lock: Lock): string {
	return toYaml(lock, {sortMapEntries: true});
}

/** The path of the cluster's lock file. Throws ConfigError when none is named: upstream's digests are not part of kubestrap yet. */
export function lockPath({lock}: Pick<Cluster, 'lock'>): string {
	if (lock !== undefined) return lock;
	const hint = 'name one as spec.lock in the config file or with --lock FILE';
	throw new ConfigError([{message: 'no lock file: nothing is installed whose digest nobody wrote down', hint}], {hint});
}

/** What a cluster needs and its lock does not have: one problem per missing binary key or image reference. */
export function missingFromLock(
	lock: Lock,
	needed: {readonly binaries: readonly string[]; readonly images: readonly string[]},
	file?: string,
): Problem[] {
	const missing = (kind: 'binaries' | 'images') =>
		[...new Set(needed[kind])].filter((name) => !Object.hasOwn(lock[kind], name)).map((name) => ({kind, name}));
	return [...missing('binaries'), ...missing('images')].map(({kind, name}) => ({
		...(file === undefined ? {} : {file}),
		message: `the lock has no ${kind === 'binaries' ? 'binary' : 'image'} ${name}`,
		hint: suggest(name, Object.keys(lock[kind])) ?? 'make a lock that has it, or change the version in the config',
	}));
}
