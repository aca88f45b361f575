/** What a schema found, in words an operator uses. */
import * as z from 'zod';
import type {Path, YamlDocument} from '../yaml.ts';
import {type Kind, kinds} from './schema.ts';
import {suggest} from './suggest.ts';

export const isMap = (value: unknown): value is Record<string, unknown> =>
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

export type Issue = z.core.$ZodIssue;

/** Of the branches of a union, the one that the value's own form was meant for; the union's own message when none fits. */
export function flat(issue: Issue, document: YamlDocument): Issue[] {
	if (issue.code !== 'invalid_union') return [issue];
	const value = valueAt(document.value, issue.path as Path);
	const meant = issue.errors.filter((branch) => !branch.some(({code, path}) => code === 'invalid_type' && path.length === 0));
	const best = meant.sort((a, b) => a.length - b.length)[0];
	const single = isMap(value) ? best : typeof value === 'string' && meant.length === 1 ? best : undefined;
	return single === undefined
		? [issue]
		: single.flatMap((inner) => flat({...inner, path: [...issue.path, ...inner.path]} as Issue, document));
}

/** What is wrong with a value, to be read after its name. */
export function messageOf(issue: Issue, document: YamlDocument): string {
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

/** What to write instead, when that can be guessed. */
export function hintOf(issue: Issue, document: YamlDocument): string | undefined {
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
export function knownKeys(kind: Kind, path: Path): string[] {
	let at: JsonSchema[] = [z.toJSONSchema(kinds[kind].schema, {io: 'input'}) as JsonSchema];
	const open = (schemas: JsonSchema[]): JsonSchema[] => schemas.flatMap((schema) => [schema, ...open(schema.anyOf ?? [])]);
	for (const name of path) {
		const next = open(at).map((schema) => (typeof name === 'number' ? schema.items : schema.properties?.[name]));
		at = next.filter((schema) => schema !== undefined);
	}
	return open(at).flatMap((schema) => Object.keys(schema.properties ?? {}));
}
