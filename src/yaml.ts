/** YAML in and out: with positions for people who wrote it, and written so that Go and YAML 1.1 readers see the same strings. */
import {CST, Document, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseAllDocuments, Scalar, visit} from 'yaml';
import type {Problem} from './errors.ts';

export type Path = readonly (string | number)[];
export type Position = {readonly line: number; readonly column: number};
export type YamlDocument = {
	/** Plain JSON values: objects, arrays, strings, safe numbers, booleans, null. */
	readonly value: unknown;
	/** Where the value of a path was written, or its key; the nearest parent when the path is not there. Counts from 1. */
	at(path: Path, part?: 'value' | 'key'): Position;
	/** The characters of a scalar as they were written (`1.30`, not 1.3); undefined when there is no scalar. */
	source(path: Path): string | undefined;
};

type Complain = (offset: number, message: string, hint?: string) => undefined;

/** Far above any honest config (5,000 nodes), low enough that a hostile one is refused in a moment and not in a minute. */
const limits = {bytes: 4 << 20, tokens: 600_000, depth: 32, problems: 50};
/** Control characters, marks that turn the reading direction, and halves of characters: never meant by anybody. */
const forbidden = /[[\p{Cc}--[\t\n\r\u0085]]\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/v;
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads every document of a YAML 1.2 text. Anchors, aliases, tags, directives, duplicate keys, control characters, numbers that
 * would lose digits, and texts that are too big or too deep are problems; all problems come at once, each with its place.
 * Documents without any content are left out. With problems, `documents` holds what could be read, perhaps nothing.
 */
export function parseYaml(text: string, {file}: {file?: string} = {}): {documents: YamlDocument[]; problems: Problem[]} {
	const body = text.startsWith('\ufeff') ? text.slice(1) : text;
	const lines = new LineCounter();
	const problems: Problem[] = [];
	const complain: Complain = (offset, message, hint) => {
		const {line, col} = lines.linePos(offset);
		if (problems.length >= limits.problems) return;
		problems.push({...(file === undefined ? {} : {file}), line, column: col, message, ...(hint ? {hint} : {})});
	};
	for (let at = body.indexOf('\n'); at !== -1; at = body.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
	if (lines.lineStarts[0] !== 0) lines.lineStarts.unshift(0);

	scan(body, complain);
	if (problems.length > 0) return {documents: [], problems};
	const options = {
		version: '1.2',
		schema: 'core',
		uniqueKeys: false,
		stringKeys: true,
		prettyErrors: false,
		logLevel: 'silent',
	} as const;
	const parsed = parseAllDocuments(body, options);
	const documents: YamlDocument[] = [];
	for (const document of Array.isArray(parsed) ? parsed : []) {
		for (const error of [...document.errors, ...document.warnings]) complain(error.pos[0], error.message);
		const root = document.contents as Node | null;
		if (root === null || (isScalar(root) && root.source === '')) continue;
		const value = plain(root, complain, lines);
		const place = (offset: number) => ({line: lines.linePos(offset).line, column: lines.linePos(offset).col});
		documents.push({
			value,
			at: (path, part = 'value') => place(find(root, path, part).range?.[0] ?? 0),
			source: (path) => {
				const node = find(root, path, 'value');
				return isScalar(node) ? node.source : undefined;
			},
		});
	}
	return {documents, problems};
}

/** Goes over the tokens before anything is built of them: what is refused here cannot cost time or memory later. */
function scan(text: string, complain: Complain): undefined {
	const bad = forbidden.exec(text);
	if (bad) return complain(bad.index, `character ${codePoint(bad[0])} is not allowed`, 'remove it');
	if (text.length > limits.bytes) return complain(0, `longer than ${limits.bytes} characters`, 'split it into several files');
	let offset = 0;
	let column = 0;
	let tokens = 0;
	let flow = 0;
	let atValue = true;
	let scalar = false;
	let blocks: number[] = [];
	const open = () => {
		if (flow > 0 || !atValue) return;
		while (blocks.length > 0 && blocks.at(-1)! > column) blocks.pop();
		if (blocks.at(-1) !== column) blocks.push(column);
	};
	for (const token of new Lexer().lex(text)) {
		if (++tokens > limits.tokens)
			return complain(offset, `more than ${limits.tokens} words and marks`, 'split it into several files');
		const type: string | null = scalar ? 'content' : CST.tokenType(token);
		scalar = type === 'scalar';
		if (type === 'doc-mode' || type === 'flow-error-end' || type === 'scalar') continue;
		if (type === 'anchor' || type === 'alias')
			complain(offset, `anchors and aliases (${token}) are not allowed`, 'write the value out');
		if (type === 'tag') complain(offset, `tags (${token}) are not allowed`, 'write the plain value, a string in quotes');
		if (type === 'directive-line') complain(offset, 'directives (%) are not allowed', 'remove the line');
		if (type === 'newline') column = -token.length;
		if (type !== 'newline' && type !== 'space' && type !== 'comment') open();
		if (type === 'flow-map-start' || type === 'flow-seq-start') flow += 1;
		if (type === 'flow-map-end' || type === 'flow-seq-end') flow = Math.max(0, flow - 1);
		if (type === 'doc-start' || type === 'doc-end') blocks = [];
		if (flow + blocks.length > limits.depth) return complain(offset, `nested deeper than ${limits.depth} levels`);
		const opens = ['newline', 'seq-item-ind', 'explicit-key-ind', 'map-value-ind', 'doc-start'].includes(type ?? '');
		if (type !== 'space') atValue = opens;
		column += token.length;
		offset += token.length;
	}
}

/** The JSON value of a node, by hand: `toJS` would neither tell places nor notice lost digits. */
function plain(node: unknown, complain: Complain, lines: LineCounter): unknown {
	if (isMap(node)) {
		const seen = new Map<string, number>();
		const result: Record<string, unknown> = {};
		for (const {key, value} of node.items) {
			const name = isScalar(key) ? String(key.value) : '';
			const offset = (key as Node | null)?.range?.[0] ?? 0;
			const first = seen.get(name);
			if (first !== undefined)
				complain(offset, `${show(name)} is there twice, first in line ${lines.linePos(first).line}`, 'keep one');
			else if (forbiddenKeys.has(name) || forbidden.test(name)) complain(offset, `${show(name)} is not allowed as a key`);
			else result[name] = plain(value, complain, lines);
			seen.set(name, offset);
		}
		return result;
	}
	if (isSeq(node)) return node.items.map((item) => plain(item, complain, lines));
	if (!isScalar(node)) return null;
	const {value, source = ''} = node;
	const offset = node.range?.[0] ?? 0;
	if (typeof value === 'number' && !(Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER))
		complain(offset, `${source} cannot be kept as a number without loss`, 'put it in quotes if a string is meant');
	if (typeof value === 'string' && forbidden.test(value))
		complain(offset, `character ${codePoint(forbidden.exec(value)![0])} is not allowed in a string`);
	return value;
}

function find(root: Node, path: Path, part: 'value' | 'key'): Node {
	let node: unknown = root;
	let key: unknown = root;
	for (const name of path) {
		const pair = isMap(node)
			? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(name))
			: undefined;
		const next = isSeq(node) ? node.items[Number(name)] : pair?.value;
		if (next === undefined || next === null) return ((pair?.key ?? node) as Node) ?? root;
		key = pair?.key ?? next;
		node = next;
	}
	return (part === 'key' ? key : node) as Node;
}

const codePoint = (text: string) => `U+${text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
const show = (name: string) => JSON.stringify(name);

/** What some reader takes for a number (sign before 0o, hex floats) or a special value (=) although the library's schemas do not. */
const risky = /^(?:[-+]?(?:0[xob]|\.?\d)[\da-f_.:pox+-]*|=)$/i;
const address = /^(?:\d+\.\d+\.\d+.*|[\da-f]*:[\da-f:]*:[\da-f:]*)$/i;
/** Characters beyond printable ASCII, and lines that a block literal could lose: blank at the start, or of spaces only. */
const needsEscapes = /[^\n\x20-\x7e]|^[ \n]+[\s\S]*\n|\n +(?:\n|$)/;

/**
 * Writes one document in block style as kubeadm does (lists not indented below their key), ending in a newline. A string is quoted
 * whenever a YAML 1.1 reader (Go, Python) would take it for something else. Keys keep their order, or are sorted.
 */
export function toYaml(value: unknown, {sortMapEntries = false}: {sortMapEntries?: boolean} = {}): string {
	const document = new Document(value, {schema: 'core', compat: 'yaml-1.1', aliasDuplicateObjects: false, sortMapEntries});
	visit(document, {
		Scalar(_, node) {
			const text = node.value;
			if (typeof text !== 'string') return;
			if (needsEscapes.test(text) || (risky.test(text) && !address.test(text))) node.type = Scalar.QUOTE_DOUBLE;
		},
	});
	return document.toString({indentSeq: false, lineWidth: 0});
}
