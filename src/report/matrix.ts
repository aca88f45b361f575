/** What preflight has found, for people: checks by nodes, and below what each finding rests on and what to type. */
import type {Finding} from '../model.ts';
import {columns} from './columns.ts';
import type {Paint} from './paint.ts';
import {plainLine} from './plain.ts';

export type Look = {
	readonly findings: readonly Finding[];
	/** Names of the nodes, in the order of the config. */
	readonly nodes: readonly string[];
	/** Names of all checks that were made, in their order. */
	readonly checks: readonly string[];
};

/** More columns than this nobody reads: then the list below says it all. */
const widest = 12;

/** The page; `all`: a line for every check, not only for those that found something. */
export function matrixText({findings, nodes, checks}: Look, paint: Paint, {all = false} = {}): string {
	const ids = rowsOf(findings, checks, all);
	const found = new Set(findings.map(({id}) => id));
	const clean = checks.filter((name) => !findings.some(({id}) => isOf(id, name))).length;
	const head = `${checks.length} checks on ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}: ${clean} found nothing anywhere`;
	if (ids.length === 0) return `${head}\n`;
	const shown = nodes.length <= widest ? nodes : nodes.filter((name) => findings.some(({node}) => node === name));
	const rest = nodes.length - shown.length;
	const table =
		shown.length > widest
			? ''
			: columns([['', ...shown], ...ids.map((id) => [id, ...shown.map((node) => cell(findings, id, node))])]).replace(/^\n/, '');
	const legend = [
		`${mark.error} error`,
		`${mark.warning} warning`,
		...(shown.length > widest ? [] : [`${mark.none} nothing`]),
	].join('   ');
	const others = rest > 0 ? `${rest} more nodes: nothing found\n` : '';
	const list = found.size === 0 ? '' : `\n${listOf(findings, paint)}`;
	return `${head}\n\n${table}${others}${found.size === 0 ? '' : `${legend}\n`}${list}`;
}

const mark = {error: '✘', warning: '!', none: '·'} as const;

/** Ids as they stand in the table of checks, what has no row there last. */
function rowsOf(findings: readonly Finding[], checks: readonly string[], all: boolean): string[] {
	const ids = [...new Set(findings.map(({id}) => id))];
	const known = checks.flatMap((name) => {
		const own = ids.filter((id) => isOf(id, name));
		return own.length === 0 && all ? [name] : own;
	});
	return [...new Set([...known, ...ids])];
}

/** `Port-6443` is of `Port-<port>`. */
const isOf = (id: string, name: string): boolean => {
	const at = name.indexOf('<');
	return at < 0 ? id === name : id.startsWith(name.slice(0, at));
};

function cell(findings: readonly Finding[], id: string, name: string): string {
	const levels = findings.filter((one) => one.id === id && one.node === name).map(({level}) => level);
	return levels.includes('error') ? mark.error : levels.length > 0 ? mark.warning : mark.none;
}

/** Errors first; what several nodes say in the same words is said once. */
function listOf(findings: readonly Finding[], {bad, warn, bold}: Paint): string {
	const groups = Map.groupBy(findings, ({id, level, evidence, remedy}) => JSON.stringify([id, level, evidence, remedy]));
	const sorted = [...groups.values()].toSorted(
		([one], [other]) => Number(one!.level === 'warning') - Number(other!.level === 'warning'),
	);
	return sorted
		.map((same) => {
			const [{id, level, evidence, remedy}] = same as [Finding];
			const paint = level === 'error' ? bad : warn;
			const nodes = [...new Set(same.map(({node}) => plainLine(node)))];
			const names = nodes.length > 6 ? `${nodes.slice(0, 5).join(', ')} and ${nodes.length - 5} more` : nodes.join(', ');
			const lines = [`${paint(`${mark[level]} ${plainLine(id)}`)}  ${bold(names)}`, `    ${plainLine(evidence, 2000)}`];
			return `${[...lines, ...(remedy === '' ? [] : [`    → ${plainLine(remedy, 2000)}`])].join('\n')}\n`;
		})
		.join('');
}
