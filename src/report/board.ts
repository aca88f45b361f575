/** What is going on where: the running state that all views of a run share, made from its events and from nothing else. */
import type {News} from '../model.ts';

export type PhaseRow = {
	readonly name: string;
	state: 'running' | 'done' | 'failed';
	changed: number;
	unchanged: number;
	/** What the phase is at: the last step begun, or how far a wait or a download is. */
	at: string;
	ms: number;
};

export type Board = {
	/** Node name → its phases in the order in which they began. */
	readonly nodes: ReadonlyMap<string, ReadonlyMap<string, PhaseRow>>;
	/** Takes an event in; gives the row that it touched. */
	take(news: News): PhaseRow | undefined;
};

export function openBoard(): Board {
	const nodes = new Map<string, Map<string, PhaseRow>>();
	return {nodes, take: (news) => take(nodes, news)};
}

function take(nodes: Map<string, Map<string, PhaseRow>>, news: News): PhaseRow | undefined {
	const {node, phase, type} = news;
	if (node === undefined || phase === undefined) return undefined;
	if (type !== 'phase' && type !== 'step' && type !== 'progress') return undefined;
	const phases = nodes.get(node) ?? new Map<string, PhaseRow>();
	nodes.set(node, phases);
	const row: PhaseRow = phases.get(phase) ?? {name: phase, state: 'running', changed: 0, unchanged: 0, at: '', ms: 0};
	phases.set(phase, row);
	if (type === 'progress') row.at = [news.step, progressText(news.detail)].filter(Boolean).join(' ');
	else if (type === 'step') takeStep(row, news);
	else takePhase(row, news);
	return row;
}

function takeStep(row: PhaseRow, {state, step = ''}: News): void {
	if (state === 'started') row.at = step;
	else if (state === 'changed') row.changed += 1;
	else if (state === 'unchanged') row.unchanged += 1;
	else if (state === 'failed') row.state = 'failed';
}

function takePhase(row: PhaseRow, {state, ms = 0}: News): void {
	if (state === 'started' || state === undefined) return;
	row.state = state === 'failed' ? 'failed' : 'done';
	row.ms = ms;
	row.at = '';
}

/** `{done: 3, total: 7, unit: 'images'}` as `3 of 7 images`; bytes as MB; anything else as nothing. */
export function progressText(detail: unknown): string {
	if (typeof detail !== 'object' || detail === null) return typeof detail === 'string' ? detail : '';
	const {done, total, unit = ''} = detail as {done?: unknown; total?: unknown; unit?: unknown};
	if (typeof done !== 'number') return '';
	const [scale, name] = unit === 'bytes' ? [1_000_000, 'MB'] : [1, String(unit)];
	const parts = [done, total].filter((part) => typeof part === 'number').map((part) => String(Math.round(part / scale)));
	return `${parts.join(' of ')} ${name}`.trim();
}

/** `5 changed, 2 unchanged`, leaving out zeros; `nothing to do` for none. */
export function countText({changed, unchanged}: {readonly changed: number; readonly unchanged: number}): string {
	const parts = [changed > 0 ? `${changed} changed` : '', unchanged > 0 ? `${unchanged} unchanged` : ''].filter(Boolean);
	return parts.join(', ') || 'nothing to do';
}
