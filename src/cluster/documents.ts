/** A config file as documents by kind, each checked against its schema, every problem with its place. */
import type {Problem} from '../errors.ts';
import {type Path, parseYaml, type YamlDocument} from '../yaml.ts';
import {flat, hintOf, isMap, knownKeys, messageOf, named} from './issues.ts';
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
/** The documents of a file, at most one of a kind. A document with a wrong value is still there: other rules look at the rest. */
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
