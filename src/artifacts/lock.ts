/** The lock file: what every artifact is, whoever serves it (interfaces.md §6). */
import {suggest} from '../cluster/suggest.ts';
import {ConfigError, type Problem} from '../errors.ts';
import type {Lock} from '../model.ts';
import {type Path, parseYaml, toYaml, type YamlDocument} from '../yaml.ts';
import {lockRows, type Rows} from './lock-rules.ts';

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
	const {binaries, images, packages, madeBy, madeAt} = document.value;
	return {binaries, images, ...(packages === undefined ? {} : {packages}), madeBy, madeAt} as Lock;
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
	const map = (path: Path, entries: unknown, {key, fields, inner = {}, optional}: Rows): void => {
		if (optional && entries === undefined) return;
		if (!isMap(entries)) return void complain(path, 'must be a map');
		const names = [...Object.keys(fields), ...Object.keys(inner)];
		for (const [name, entry] of Object.entries(entries)) {
			const here = [...path, name];
			if (!key.holds(name)) complain(here, `the key must be ${key.what}`, undefined, 'key');
			if (!isMap(entry)) {
				complain(here, `must be a map with ${names.join(', ')}`);
				continue;
			}
			known(here, entry, names);
			for (const [field, {what, holds}] of Object.entries(fields))
				if (!holds(entry[field]))
					complain([...here, field], entry[field] === undefined ? `is missing: ${what}` : `must be ${what}`);
			for (const [field, rows] of Object.entries(inner)) map([...here, field], entry[field], rows);
		}
	};
	known([], lock, top);
	for (const name of ['madeBy', 'madeAt']) if (typeof lock[name] !== 'string') complain([name], 'must be a string');
	for (const [name, rows] of Object.entries(lockRows)) map([name], lock[name], rows);
	return problems;
}

/** The text of a lock file, every map sorted: a review shows what changed, and nothing else. */
export function writeLock(lock: Lock): string {
	return toYaml(lock, {sortMapEntries: true});
}

/** The lock as machines of one architecture obey it: images are those of its platform; what has none for it is not there. */
export function lockFor(lock: Lock, arch: string): Lock {
	const wanted = `linux/${arch}`;
	const images = Object.entries(lock.images).flatMap(([ref, {platforms, ...image}]) => {
		if (image.platform === wanted) return [[ref, image] as const];
		const other = platforms?.[wanted];
		return other === undefined ? [] : [[ref, {platform: wanted, ...other}] as const];
	});
	return {...lock, images: Object.fromEntries(images)};
}

/**
 * What machines of one architecture need and the lock does not have: one problem per missing binary key or image reference. Without `arch`,
 * an image of any platform will do.
 */
export function missingFromLock(
	whole: Lock,
	needed: {readonly binaries: readonly string[]; readonly images: readonly string[]; readonly arch?: string},
	file?: string,
): Problem[] {
	const {arch} = needed;
	const lock = arch === undefined ? whole : lockFor(whole, arch);
	const missing = (kind: 'binaries' | 'images') =>
		[...new Set(needed[kind])].filter((name) => !Object.hasOwn(lock[kind], name)).map((name) => ({kind, name}));
	return [...missing('binaries'), ...missing('images')].map(({kind, name}) => {
		const image = arch === undefined ? `image ${name}` : `image ${name} for linux/${arch}`;
		return {
			...(file === undefined ? {} : {file}),
			message: `the lock has no ${kind === 'binaries' ? `binary ${name}` : image}`,
			hint: suggest(name, Object.keys(lock[kind])) ?? '`kubestrap images lock` makes a lock that has it',
		};
	});
}
