/** One value for each setting, whoever said it. */
import type {Problem} from '../errors.ts';
import type {Path} from '../yaml.ts';
import type {Sources} from './documents.ts';
import {type ClusterFlags, flagName} from './flags.ts';
import {named, valueAt} from './issues.ts';
import type {Kind} from './schema.ts';
import {type Row, type Said, type Settings, settings} from './settings.ts';
import {noFile} from './ssh-files.ts';

/** What a kind says at a path; nothing when it says nothing, or something that its schema refused. */
export function said(sources: Sources, kind: Kind, path: Path): Said | undefined {
	const source = sources[kind];
	const value = valueAt(source?.document.value, path);
	if (source === undefined || value === undefined) return undefined;
	if (source.broken.some((broken) => broken.every((part, index) => index >= path.length || String(part) === String(path[index]))))
		return undefined;
	const place = {file: source.file, ...source.document.at(path)};
	return {value, place, where: `${named(kind, path)} (line ${place.line})`};
}

/** Every setting's one value. The same thing said differently is a problem that names both places. */
export function settle(
	sources: Sources,
	flags: ClusterFlags,
	resolve: (path: string) => string,
): {settings: Settings; problems: Problem[]} {
	const found: Partial<Record<string, Said>> = {};
	const problems: Problem[] = [];
	for (const [name, row] of Object.entries<Row<never>>(settings as Record<string, Row<never>>)) {
		const inFile = row.in.map(([kind, ...path]) => {
			const one = said(sources, kind, path);
			const isPath = row.path === true || (row.path === 'or-none' && one?.value !== noFile);
			return one && isPath ? {...one, value: resolve(String(one.value))} : one;
		});
		const flag = row.flag === undefined ? undefined : flags[row.flag];
		const byFlag: Said | undefined = flag === undefined ? undefined : {value: flag, place: {}, where: flagName(row.flag!)};
		const all = [...inFile, byFlag].filter((one) => one !== undefined);
		const [first, ...others] = all;
		if (first === undefined) continue;
		found[name] = first;
		const same = (row.same ?? ((value: unknown) => value)) as (value: unknown) => unknown;
		for (const other of others) {
			if (JSON.stringify(same(other.value)) === JSON.stringify(same(first.value))) continue;
			const place = other.place.line === undefined ? first.place : other.place;
			const message = `${other.where} says ${JSON.stringify(other.value)}, but ${first.where} says ${JSON.stringify(first.value)}`;
			problems.push({...place, message, hint: 'say it once, or say the same'});
		}
	}
	return {settings: found as Settings, problems};
}
