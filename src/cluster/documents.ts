/** A config file as documents by kind, each checked against its schema, every problem with its place. */
import * as z from 'zod';
import type {Problem} from '../errors.ts';
import {type Path, parseYaml, type YamlDocument} from '../yaml.ts';
import {clusterVersion, type Kind, kinds} from './schema.ts';
import {suggest} from './suggest.ts';

/** One document of the file. A path below `broken` has no usable value. */
export type Source = {
	readonly kind: Kind;
	readonly document: YamlDocument;
	readonly file: string;
	readonly broken: readonly Path[];
};
export type Sources = Partial<Record<Kind, Source>>;

type Raw = {readonly apiVersion?: unknown; readonly kind?: unknown};
const isMap = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value that a path holds in plain data; undefined when it is not there. */
export function valueAt(value: unknown, path: Path): unknown {
	let found = value;
	for (const name of path) {
		if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
		found = (found as Record<string | number, unknown>)[name];
	}
	return found;
}

export function readDocuments(text: string, file: string): {sources: Sources; problems: Problem[]} {
	const {documents, problems} = parseYaml(text, {file});
	const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.exec(text);
	if (key) {
		const line = text.slice(0, key.index).split('\n').length;
		problems.push({file, line, column: 1, message: 'a private key is in the file', hint: 'keep it in a file of its own'});
	}
	const sources: Sources = {};
	for (const document of documents) {
		const place = {file, ...document.at([])};
		const kind = kindOf(document, place, problems);
		if (kind === undefined) continue;
		const first = sources[kind];
		if (first !== undefined) {
			problems.push({
				...place,
				message: `a second ${kind}, the first is in line ${first.document.at([]).line}`,
				hint: 'keep one',
			});
			continue;
		}
		const {found, broken} = judge(kind, document, file);
		problems.push(...found);
		sources[kind] = {kind, document, file, broken};
	}
	return {sources, problems};
}

/** kubeadm tells kinds apart by the kind alone, whatever the group (contract §8.2). */
function kindOf(document: YamlDocument, place: Problem | object, problems: Problem[]): Kind | undefined {
	const complain = (path: Path, message: string, hint: string) => problems.push({...place, ...document.at(path), message, hint});
	if (!isMap(document.value)) {
		complain([], 'a document must be a map with apiVersion and kind', `begin with apiVersion: ${clusterVersion}`);
		return undefined;
	}
	const {apiVersion, kind} = document.value as Raw;
	const names = Object.keys(kinds);
	if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
		const what = kind === undefined ? 'kind is missing' : `unknown kind ${JSON.stringify(kind)}`;
		complain(['kind'], what, suggest(String(kind), names) ?? `known: ${names.join(', ')}`);
		return undefined;
	}
	const wanted = kinds[kind as Kind].apiVersion;
	if (apiVersion === wanted) return kind as Kind;
	const old = typeof apiVersion === 'string' && /^kubeadm\.k8s\.io\/v1(?:alpha|beta)[0-3]$/.test(apiVersion);
	const hint = old ? 'convert it with `kubeadm config migrate` of kubeadm v1.36' : `write apiVersion: ${wanted}`;
	complain(['apiVersion'], `${kind} of apiVersion ${JSON.stringify(apiVersion) ?? 'none'} cannot be read`, hint);
	return undefined;
}

function judge(kind: Kind, document: YamlDocument, file: string): {found: Problem[]; broken: Path[]} {
	const result = kinds[kind].schema.safeParse(document.value);
	const found: Problem[] = [];
	const broken: Path[] = [];
	for (const issue of (result.error?.issues ?? []).flatMap((issue) => flat(issue, document))) {
		const path = issue.path as Path;
		if (issue.code === 'unrecognized_keys') {
			for (const key of issue.keys) {
				const known = knownKeys(kind, path);
				const hint = suggest(key, known) ?? `known: ${known.join(', ')}`;
				found.push({
					file,
					...document.at([...path, key], 'key'),
					message: `${named(kind, path)}: unknown key ${JSON.stringify(key)}`,
					hint,
				});
			}
			continue;
		}
		broken.push(path);
		const hint = hintOf(issue, document);
		const part = issue.code === 'invalid_key' ? 'key' : 'value';
		found.push({
			file,
			...document.at(path, part),
			message: `${named(kind, path)} ${messageOf(issue, document)}`,
			...(hint ? {hint} : {}),
		});
	}
	return {found, broken};
}

type Issue = z.core.$ZodIssue;

/** Of the branches of a union, the one that the value's own form was meant for; the union's own message when none fits. */
function flat(issue: Issue, document: YamlDocument): Issue[] {
	if (issue.code !== 'invalid_union') return [issue];
	const value = valueAt(document.value, issue.path as Path);
	const meant = issue.errors.filter((branch) => !branch.some(({code, path}) => code === 'invalid_type' && path.length === 0));
	const best = meant.sort((a, b) => a.length - b.length)[0];
	const single = isMap(value) ? best : typeof value === 'string' && meant.length === 1 ? best : undefined;
	return single === undefined
		? [issue]
		: single.flatMap((inner) => flat({...inner, path: [...issue.path, ...inner.path]} as Issue, document));
}

function messageOf(issue: Issue, document: YamlDocument): string {
	const value = valueAt(document.value, issue.path as Path);
	const got =
		value === null
			? 'nothing'
			: Array.isArray(value)
				? 'a list'
				: isMap(value)
					? 'a map'
					: `the ${typeof value} ${JSON.stringify(value)}`;
	if (value === undefined) return 'is required';
	if (issue.code === 'invalid_type' && issue.expected !== 'never') {
		const wanted = {array: 'list', object: 'map', record: 'map', int: 'whole number'}[issue.expected as string] ?? issue.expected;
		return `must be a ${wanted}, not ${got}`;
	}
	if (issue.code === 'invalid_value') return `must be ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}, not ${got}`;
	if (issue.code === 'invalid_key') return `: ${issue.issues[0]?.message ?? 'is no key'}`.replace(/^: /, 'as a key ');
	if (issue.code === 'invalid_union' && issue.message === 'Invalid input') return `cannot be ${got}`;
	return issue.message;
}

function hintOf(issue: Issue, document: YamlDocument): string | undefined {
	const path = issue.path as Path;
	const value = valueAt(document.value, path);
	if (issue.code === 'invalid_value' && typeof value === 'string') return suggest(value, issue.values.map(String));
	if (issue.code !== 'invalid_type' || issue.expected !== 'string') return undefined;
	if (path.at(-1) === 'kubernetesVersion') return 'write the whole release as a string, like v1.37.1';
	return ['number', 'boolean'].includes(typeof value) ? `put it in quotes: "${document.source(path)}"` : undefined;
}

/** `spec.nodes[0].role`; kubeadm's kinds with the kind in front. */
export function named(kind: Kind, path: Path): string {
	const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
	return kind === 'Cluster' ? text.replace(/^\./, '') || kind : `${kind}${text}`;
}

type JsonSchema = {properties?: Record<string, JsonSchema>; items?: JsonSchema; anyOf?: JsonSchema[]};

/** The keys that a kind takes at a path, from its own schema. */
function knownKeys(kind: Kind, path: Path): string[] {
	let at: JsonSchema[] = [z.toJSONSchema(kinds[kind].schema, {io: 'input'}) as JsonSchema];
	const open = (schemas: JsonSchema[]): JsonSchema[] => schemas.flatMap((schema) => [schema, ...open(schema.anyOf ?? [])]);
	for (const name of path) {
		const next = open(at).map((schema) => (typeof name === 'number' ? schema.items : schema.properties?.[name]));
		at = next.filter((schema) => schema !== undefined);
	}
	return open(at).flatMap((schema) => Object.keys(schema.properties ?? {}));
}
