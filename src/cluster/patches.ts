/** kubeadm's patches directory (contract §6.11), read when the config is loaded. */
import {lstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Problem} from '../errors.ts';
import type {Patch} from '../model.ts';
import {parseYaml} from '../yaml.ts';
import {suggest} from './suggest.ts';

export type Entry = {readonly name: string; readonly kind: 'file' | 'folder' | 'link'};
/** Where files come from; the real disk when nothing else is given. */
export type Disk = {readonly readFile: (path: string) => string; readonly list: (path: string) => readonly Entry[]};

/** What a folder holds. Throws for a missing folder, and for a link in its place, as kubeadm does. */
export function listFolder(path: string): Entry[] {
	if (lstatSync(path).isSymbolicLink()) throw new Error('is a symbolic link');
	return readdirSync(path, {withFileTypes: true}).map((entry) => ({
		name: entry.name,
		kind: entry.isSymbolicLink() ? 'link' : entry.isDirectory() ? 'folder' : 'file',
	}));
}

/**
 * All patches of a folder and the folders in it, in lexical order. A file that names no known target would be left out by kubeadm
 * without an error; here it is one, because a patch that is not applied is never what was meant.
 */
export function readPatches(folder: string, targets: readonly string[], disk: Disk): {patches: Patch[]; problems: Problem[]} {
	const patches: Patch[] = [];
	const problems: Problem[] = [];
	const walk = (path: string) => {
		for (const {name, kind} of [...disk.list(path)].sort((a, b) => (a.name < b.name ? -1 : 1))) {
			const file = join(path, name);
			if (kind === 'folder') walk(file);
			else if (kind === 'link') problems.push({file, message: 'a symbolic link is no patch', hint: 'copy the file'});
			else if (/\.(?:json|yaml)$/.test(name)) read(file, name);
		}
	};
	const form = new RegExp(`^(${targets.join('|')})[^.+]*(?:\\+([^.]*))?\\.(?:json|yaml)$`);
	const read = (file: string, name: string) => {
		const [, target, type = 'strategic'] = form.exec(name) ?? [];
		if (target === undefined) {
			const hint = suggest(name.replace(/[.+].*$/, ''), targets) ?? `known: ${targets.join(', ')}`;
			problems.push({file, message: 'names no target of a patch', hint});
			return;
		}
		if (type !== 'strategic' && type !== 'merge' && type !== 'json') {
			problems.push({file, message: `unknown patch type ${JSON.stringify(type)}`, hint: 'known: strategic, merge, json'});
			return;
		}
		const text = disk.readFile(file);
		const parsed = parseYaml(text, {file});
		problems.push(...parsed.problems);
		if (parsed.documents.length > 0) patches.push({target, type, file, text});
	};
	try {
		walk(folder);
	} catch (error) {
		problems.push({
			file: folder,
			message: `the patches cannot be read: ${(error as Error).message}`,
			hint: 'name a folder that can be read',
		});
	}
	return {patches, problems};
}
