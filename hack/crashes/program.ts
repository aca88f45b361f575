/** Reads a program of kubestrap as it lies on a node, and its log: how far it was when it died. Pure. */
import {caseOf, idOf, keyOf, type Row} from './table.ts';

type Told = {readonly index: number; readonly key: string};
/** Steps that are done by one call: one, or a group of them. */
type Act = {readonly phase: number; readonly steps: readonly Told[]};
export type Program = {readonly acts: readonly Act[]; readonly background: ReadonlySet<number>};

const unquoted = (word: string) => (word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word);

/** `file` gives a file of the program's directory: the tables of its groups. */
export function readProgram(text: string, file: (name: string) => string): Program {
	const acts: Act[] = [];
	// Arguments may have lines of their own, so a body ends where the next one begins.
	const [, ...bodies] = text.split(/^walk\(\) \{$/m)[0]!.split(/^(?=phase_\d+\(\) \{$)/m);
	for (const body of bodies) {
		const phase = Number(/\d+/.exec(body));
		for (const line of body.split('\n')) {
			const [, index, quoted = '', kind = ''] = /^\tstep (\d+) (.*?) [0-9a-f]{16} (\w+)( |$)/.exec(line) ?? [];
			if (index !== undefined) {
				acts.push({phase, steps: [{index: Number(index), key: keyOf(kind, JSON.parse(unquoted(quoted)) as string)}]});
				continue;
			}
			const [, call = '', table] = /^\t(?:together )?group_(\w+) (f\.\d+)/.exec(line) ?? [];
			if (table === undefined) continue;
			const own = call === 'patch' ? 'object' : call;
			const rows = file(table).trim().split('\n');
			acts.push({
				phase,
				steps: rows.map((row) => ({
					index: Number.parseInt(row, 10),
					key: keyOf(own, JSON.parse(row.slice(row.indexOf(' "') + 1)) as string),
				})),
			});
		}
	}
	const background = new Set([...text.matchAll(/\bbackground (\d+)/g)].map(([, number]) => Number(number)));
	return {acts, background};
}

/** The rows that the steps of a program are, by index; `undefined` for one that is in no table. Keys may repeat: then the phase decides. */
export function rowsIn({acts}: Program, rows: readonly Row[]): ReadonlyMap<number, Row | undefined> {
	const found = new Map<number, Row | undefined>();
	for (const phase of new Set(acts.map((act) => act.phase))) {
		const steps = acts.filter((act) => act.phase === phase).flatMap((act) => act.steps);
		const keys = new Set(steps.map(({key}) => key));
		const fits = new Map<string, number>();
		for (const {key, node, phase: name} of rows) {
			const place = `${node}/${name}`;
			if (keys.has(key)) fits.set(place, (fits.get(place) ?? 0) + 1);
		}
		const [best] = [...fits].sort(([, one], [, other]) => other - one)[0] ?? [];
		for (const {index, key} of steps)
			found.set(
				index,
				rows.find((row) => row.key === key && `${row.node}/${row.phase}` === best),
			);
	}
	return found;
}

/** What a log says of steps: the indexes that were started, and those that ended. */
export function readLog(log: string): {readonly started: ReadonlySet<number>; readonly told: ReadonlySet<number>} {
	const started = new Set<number>();
	const told = new Set<number>();
	for (const [, index, state] of log.matchAll(/^@ (\d+) (started|unchanged|changed|failed) \d+$/gm))
		(state === 'started' ? started : told).add(Number(index));
	return {started, told};
}

/** The cases that a program is in while its log is this. */
export function point(program: Program, rows: ReadonlyMap<number, Row | undefined>, log: string): string[] {
	const {started, told} = readLog(log);
	const here = (act: Act | undefined, moment: Parameters<typeof caseOf>[1]) =>
		(act?.steps ?? []).flatMap(({index}) => {
			const row = rows.get(index);
			return row ? [caseOf(idOf(row), moment)] : [];
		});
	const begun = ({steps}: Act) => steps.some(({index}) => started.has(index));
	const over = ({steps}: Act) => steps.every(({index}) => told.has(index));
	const threads = [
		program.acts.filter(({phase}) => !program.background.has(phase)),
		...[...program.background].map((phase) => program.acts.filter((act) => act.phase === phase)),
	];
	return threads.flatMap((acts, thread) => {
		const next = acts.findIndex((act) => !over(act));
		const last = next === -1 ? acts.at(-1) : acts[next - 1];
		const current = acts[next];
		if (current && begun(current))
			return here({...current, steps: current.steps.filter(({index}) => !told.has(index))}, 'during');
		// A phase in the background that has not begun says nothing of where the program is.
		if (thread > 0 && last === undefined) return [];
		return [...here(last, 'after'), ...here(current, 'before')];
	});
}

/** Every case of a program that its log has passed by. */
export function passed(program: Program, rows: ReadonlyMap<number, Row | undefined>, log: string): string[] {
	const {started, told} = readLog(log);
	return program.acts.flatMap(({steps}) =>
		steps.flatMap(({index}) => {
			const row = rows.get(index);
			if (row === undefined) return [];
			const id = idOf(row);
			return [...(started.has(index) ? [caseOf(id, 'before')] : []), ...(told.has(index) ? [caseOf(id, 'during')] : [])];
		}),
	);
}
