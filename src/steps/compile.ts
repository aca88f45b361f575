import {createHash} from 'node:crypto';
import type {Chapter, Content, PlannedPhase, Step} from '../model.ts';
import {contentOf} from './content.ts';
import {glance, glanceFiles} from './glance.ts';
import type {Context, Group, Kind, Load} from './kind.ts';
import {groups, kinds, labelOf, nameOf} from './kinds.ts';
import {closing, opening, prelude} from './prelude.ts';
import {line} from './quote.ts';
import {showShell} from './shows.ts';

/** One chapter of one node as a shell program with what lies beside it. Holds no secret: contents name them. */
export type Program = {
	readonly text: string;
	/** Files of the program's directory. */
	readonly files: readonly {readonly name: string; readonly content: Content}[];
	/** Of the text and of all contents, secrets by their names: the same work has the same hash. */
	readonly hash: string;
	/** The steps by the index with which the program tells of them. */
	readonly steps: readonly {readonly phase: string; readonly label: string; readonly step: Step}[];
	/** Names of the phases by their index. */
	readonly phases: readonly string[];
};

const functions = [...Object.values(kinds), ...Object.values(groups)].map(({shell}) => shell).join('\n');

/**
 * Compiles a chapter. The program is constant functions and a line for each step, whose quoted arguments are all that a config can say;
 * contents lie beside it. With `show`, one that only looks says of each step that differs what is there instead. Throws ConfigError for what the
 * lock does not have.
 */
export function compile(chapter: Chapter, context: Context, {show = false} = {}): Program {
	const files: {name: string; content: Content}[] = [];
	const lists = new Map<string, string[]>();
	const load: Load = (content, list) => {
		const name = `f.${files.length}`;
		files.push({name, content});
		if (list) lists.set(list, [...(lists.get(list) ?? []), name]);
		return name;
	};
	const steps: Program['steps'][number][] = [];
	const earlier: string[] = [];
	const asked: string[] = [];
	const bodies = chapter.phases.map((phase, number) => {
		const lines = adjacent(phase.steps).map((together) => {
			const first = steps.length;
			steps.push(...together.map((step) => ({phase: phase.name, label: labelOf(step), step})));
			const {now, early, ahead} = lineOf(together, first, context, load);
			if (early) earlier.push(early);
			if (ahead) asked.push(ahead);
			return now;
		});
		return `phase_${number}() {\n${[...lines, ':'].map((text) => `\t${text}`).join(' || return\n')}\n}\n`;
	});
	for (const [list, names] of lists) files.push({name: `f.${list}`, content: `${names.join('\n')}\n`});
	files.push(...glanceFiles(steps.flatMap(({step}) => (step.kind in groups ? [] : (kindOf(step).glance?.(step) ?? [])))));
	const calls = chapter.phases.map((phase, number) => call(phase, number, chapter.phases));
	const walk = `walk() {\n${[...calls, ':'].map((text) => `\t${text}`).join(' || return\n')}\n}\nwalk\nrc=$?\n`;
	const before = earlier.map((text) => `\t${text}\n`).join('');
	const beside = before === '' ? [] : [`early() {\n${before}}\n[ "$mode" = observe ] || early &\n`];
	const looking = `ahead() {\n${asked.map((text) => `\t${text}\n`).join('')}\t:\n}\nif [ "$mode" = observe ]; then ahead; glance; fi\n`;
	const text = [
		prelude,
		glance,
		functions,
		...(show ? [showShell] : []),
		opening,
		looking,
		...beside,
		...bodies,
		walk,
		closing,
	].join('\n');
	const hash = hashOf([text, files]);
	return {text, files, hash, steps, phases: chapter.phases.map(({name}) => name)};
}

function call({name, background, needs}: PlannedPhase, number: number, phases: readonly PlannedPhase[]): string {
	const waits = needs.map((need) => `need ${phases.findIndex((phase) => phase.name === need)}`);
	return [...waits, line([background ? 'background' : 'phase', String(number), name])].join(' && ');
}

/** Steps one by one, but those of a group kind together with their like. */
function adjacent(steps: readonly Step[]): Step[][] {
	const lists: Step[][] = [];
	for (const step of steps) {
		const list = lists.at(-1);
		if (list?.[0] && joins(step, list[0])) list.push(step);
		else lists.push([step]);
	}
	return lists;
}

function joins(step: Step, group: Step): boolean {
	if (step.kind !== group.kind || !(step.kind in groups)) return false;
	return groupOf(group).joins?.(step, group) ?? true;
}

type Line = {readonly now: string; readonly early?: string | undefined; readonly ahead?: string | undefined};

function lineOf(together: readonly Step[], first: number, context: Context, load: Load): Line {
	const [step] = together as readonly [Step, ...Step[]];
	if (!(step.kind in groups)) {
		const kind = kindOf(step);
		const words = kind.words(step, context, load);
		const now = line(['step', String(first), JSON.stringify(nameOf(step)), inputOf(step), step.kind, ...words]);
		const also = (name?: string) => name && line([name, String(first), ...words]);
		return {now, early: also(kind.early), ahead: also(kind.ahead)};
	}
	const group = groupOf(step);
	const rows = together.map((each, at) =>
		[first + at, inputOf(each), ...group.rows(each, context, load), JSON.stringify(nameOf(each))].join(' '),
	);
	const table = load(rows.map((row) => `${row}\n`).join(''));
	const words = [table, ...group.words(together, context)];
	const ahead = group.ahead?.(step);
	return {now: line(['together', group.call?.(step) ?? `group_${step.kind}`, ...words]), ahead: ahead && line([ahead, ...words])};
}

const kindOf = (step: Step) => kinds[step.kind as keyof typeof kinds] as Kind<Step['kind']>;
const groupOf = (step: Step) => groups[step.kind as keyof typeof groups] as Group<Step['kind']>;

/** The hash of what a step wants, for the journal and for the record of objects. */
export const inputOf = (step: Step) => hashOf([{...step, content: undefined, manifest: undefined}, contentOf(step)]);

function hashOf(value: unknown): string {
	return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
