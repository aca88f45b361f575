/**
 * Reads ssh_config(5) as OpenSSH does: words, quotes, `Host`, `Match all`, `Include`. Pure but for the files that it is handed.
 * An own reader: the npm package ssh-config reads no Include, takes `?` for "at most one", and runs what stands behind `Match exec`.
 */
import {dirname, isAbsolute, join} from 'node:path';
import type {Problem} from '../errors.ts';
import type {SshLine} from '../model.ts';
import {judgeLine, keywords} from './ssh-keywords.ts';

export type SshFiles = {
	/** Throws when the file cannot be read. */
	readonly readFile: (path: string) => string;
	/** Files that a pattern of Include means, in lexical order. */
	readonly glob: (pattern: string) => readonly string[];
	readonly home: string;
};
export type SshText = {readonly lines: SshLine[]; readonly problems: Problem[]; readonly notes: string[]};

/** OpenSSH goes no deeper either (READCONF_MAX_DEPTH). */
const deepest = 16;
/** No host fits an empty list of patterns. */
const never: readonly string[] = [];

/**
 * All declarations of a file, in order. `folder` is where relative Includes lie: `~/.ssh` for a user's file, `/etc/ssh` for the machine's.
 * A bad value of a keyword that we read is a problem; keywords that we do not read are passed over; what is left out is noted.
 */
export function readSshConfig(file: string, folder: string, files: SshFiles): SshText {
	const read: SshText = {lines: [], problems: [], notes: []};
	walk(file, [], 0);
	return read;

	function walk(path: string, outer: SshLine['hosts'], depth: number): void {
		let hosts = outer;
		for (const [index, text] of files.readFile(path).split('\n').entries()) {
			const at = {file: path, line: index + 1};
			const words = wordsOf(text);
			if (words === undefined) {
				read.problems.push({...at, message: 'a quote is not closed'});
				continue;
			}
			const [word = '', ...args] = words;
			const keyword = word.toLowerCase();
			if (keyword === 'host') hosts = [...outer, args];
			else if (keyword === 'match') {
				const all = args.length === 1 && args[0]?.toLowerCase() === 'all';
				hosts = all ? outer : [...outer, never];
				if (!all)
					read.notes.push(`${path}:${index + 1}: Match ${args.join(' ')} is left out: kubestrap reads Host and Match all`);
			} else if (keyword === 'include') for (const pattern of args) include(pattern, hosts, depth + 1, at);
			else if (keyword in keywords) {
				const line = {keyword, args, hosts, ...at};
				const wrong = judgeLine(line);
				if (wrong === undefined) read.lines.push(line);
				else read.problems.push({...at, message: `${keywords[keyword]!.name} ${wrong}`});
			}
		}
	}

	function include(pattern: string, hosts: SshLine['hosts'], depth: number, at: {file: string; line: number}): void {
		if (depth > deepest) return void read.problems.push({...at, message: `Include goes deeper than ${deepest} files`});
		const wanted = pattern.replace(/^~(?=\/)/, files.home);
		for (const path of files.glob(isAbsolute(wanted) ? wanted : join(folder, wanted))) {
			try {
				walk(path, hosts, depth);
			} catch (error) {
				read.problems.push({...at, message: `${path} cannot be read: ${(error as Error).message}`});
			}
		}
	}
}

/** Where relative Includes of a user's file lie, whatever its own place. */
export const userFolder = (home: string): string => join(home, '.ssh');
export const machineFile = '/etc/ssh/ssh_config';
export const machineFolder = dirname(machineFile);

/** The keyword and its arguments; nothing for an empty line or a comment; undefined when a quote is not closed. */
export function wordsOf(line: string): string[] | undefined {
	const text = line.trim();
	if (text === '' || text.startsWith('#')) return [];
	const [, quoted, plain] = /^(?:"([^"]*)"|([^\s"=]+))/.exec(text) ?? [];
	const keyword = quoted ?? plain;
	if (keyword === undefined) return [text];
	const rest = text.slice(quoted === undefined ? keyword.length : keyword.length + 2).replace(/^\s*=?\s*/, '');
	const args = split(rest);
	return args && [keyword, ...args];
}

/** Words as OpenSSH's argv_split has them: both quotes, a backslash before a quote, a backslash or (outside of quotes) a blank. */
function split(text: string): string[] | undefined {
	const words: string[] = [];
	for (let at = 0; at < text.length; ) {
		if (/\s/.test(text[at]!)) {
			at += 1;
			continue;
		}
		if (text[at] === '#') break;
		let word = '';
		let quote = '';
		for (; at < text.length; at++) {
			const sign = text[at]!;
			const next = text[at + 1] ?? '';
			if (sign === '\\' && (/["'\\]/.test(next) || (quote === '' && next === ' '))) word += text[++at];
			else if (quote === '' && /[ \t]/.test(sign)) break;
			else if (quote === '' && (sign === '"' || sign === "'")) quote = sign;
			else if (sign === quote) quote = '';
			else word += sign;
		}
		if (quote !== '') return undefined;
		words.push(word);
	}
	return words;
}
