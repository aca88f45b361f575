/** What would be done, for people: phase by phase, nodes that agree named together, diffs below. */
import type {Agreed, Change} from '../foresight/difference.ts';
import type {Fate, Machine} from '../foresight/fates.ts';
import type {Paint} from '../report/paint.ts';
import {plainLine} from '../report/plain.ts';

const marks: Readonly<Record<Change, string>> = {make: '+', change: '~', remove: '-', restart: '!', run: '>', wait: '?'};

/** The machines whose place in the cluster changes, and a block for each phase that has something to do; nothing when nothing differs. */
export function planText(differences: readonly Agreed[], machines: readonly Machine[], paint: Paint): string {
	if (differences.length === 0) return '';
	const phases = Map.groupBy(differences, ({phase, title}) => `${phase} ${title}`);
	const blocks = [...phases.values()].map((rows) => [
		paint.bold(plainLine(rows[0]!.title)),
		...rows.flatMap((row) => block(row, paint)),
		'',
	]);
	return [...fatesText(machines, paint), ...blocks].map((lines) => lines.join('\n')).join('\n');
}

const fates: Readonly<Record<Exclude<Fate, 'stays'>, (role: string) => string>> = {
	new: (role) => `+ a ${role} of a new cluster`,
	joins: (role) => `+ joins the cluster as a ${role}`,
	leaves: () => '- leaves the cluster, and is given back as it was',
	gone: () => '- leaves the cluster; the machine cannot be asked, and stays as it is',
	'given back': () => '- given back as it was',
};

function fatesText(machines: readonly Machine[], paint: Paint): string[][] {
	const said = machines.flatMap(({node, role, fate}) =>
		fate === 'stays' ? [] : [{node, text: fates[fate](role === 'worker' ? role : 'control plane')}],
	);
	const rows = [...Map.groupBy(said, ({text}) => text)].map(
		([text, those]) => `  ${text}  ${paint.dim(those.map(({node}) => node).join(', '))}`,
	);
	return rows.length === 0 ? [] : [[paint.bold('Machines'), ...rows, '']];
}

function block(row: Agreed, paint: Paint): string[] {
	const mark = {make: paint.good, remove: paint.bad, change: paint.warn, restart: paint.warn, run: paint.warn, wait: paint.dim};
	const head = `  ${mark[row.change](marks[row.change])} ${plainLine(subject(row), 500)}${fate(row)}  ${paint.dim(row.nodes.join(', '))}`;
	return [head, ...(row.diff === undefined ? [] : diffLines(row.diff, paint))];
}

/** A step with a title is called by it; of the others it is said what they are. */
function subject({kind, name}: Agreed): string {
	const word = words[kind] ?? kind;
	return word === '' ? name : `${word} ${name}`;
}

const words: Partial<Record<Agreed['kind'], string>> = {
	wait: 'waits:',
	run: '',
	package: '',
	purged: '',
	rpms: '',
	rpmless: '',
	service: 'unit',
	masked: 'unit',
	dir: 'folder',
	absent: 'file',
	line: 'line of',
	block: 'lines of',
	fetch: 'binary',
	import: 'image',
	noted: 'note of',
	undo: 'give back',
	unmounted: 'mounts below',
	cleared: 'tree',
};

function fate({from, to}: Agreed): string {
	const [was, is] = [from, to].map((text) => text && plainLine(text, 1000));
	if (was && is) return `: ${was} → ${is}`;
	if (was === undefined && is === undefined) return '';
	return `: ${was ?? is}`;
}

function diffLines(diff: string, paint: Paint): string[] {
	const color = {'+': paint.good, '-': paint.bad, '@': paint.dim} as Readonly<Record<string, Paint['good']>>;
	return diff
		.replace(/\n$/, '')
		.split('\n')
		.map((line) => `      ${(color[line[0] ?? ''] ?? ((text: string) => text))(line)}`);
}

/** `5 changes wait on 2 machines`: each counted once for each machine. */
export function planHeadline(differences: readonly Agreed[], {changed, unchanged}: {changed: number; unchanged: number}): string {
	const nodes = new Set(differences.flatMap((row) => row.nodes));
	if (differences.length === 0)
		return `nothing to do: ${unchanged === 1 ? 'the one step is as it should be' : `all ${unchanged} steps are as they should be`}`;
	const machines = `${nodes.size} machine${nodes.size === 1 ? '' : 's'}`;
	return `${changed} of ${changed + unchanged} steps wait to be done on ${machines}`;
}
