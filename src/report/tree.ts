/** The live view on a terminal: every node with its phases, and what each is at. */
import type {News} from '../model.ts';
import {countText, type PhaseRow, progressText} from './board.ts';
import {openDrawing, type Row} from './drawing.ts';
import {narrate} from './narrate.ts';
import {plainLine} from './plain.ts';
import {seconds} from './seconds.ts';
import type {Canvas, View} from './view.ts';

/** With more nodes than this, a node shows only the phases at work, so that the picture fits a screen. */
const roomy = 3;

export async function tree(canvas: Canvas): Promise<View> {
	const {stream, board, paint, now} = canvas;
	const drawing = await openDrawing(stream);
	const began = now();
	const rows = new Map<string, Row>();
	// The terminal is held while the tree lives: these come out below it.
	const later: string[] = [];
	const row = (key: string, make: () => Row) => {
		const known = rows.get(key) ?? make();
		rows.set(key, known);
		return known;
	};
	const nodeRow = (node: string) => row(node, () => drawing.add(paint.bold(plainLine(node))));
	const drawPhase = (node: string, phase: PhaseRow) => {
		const line = row(`${node}\n${phase.name}`, () => nodeRow(node).add(phase.name));
		line.title(`${phase.name}  ${paint.dim(phase.state === 'running' ? plainLine(phase.at, 100) : tally(phase, phase.ms))}`);
		line.state(phase.state);
		if (phase.state === 'done' && board.nodes.size > roomy) line.hide();
	};
	/** Work that belongs to no phase that has begun, such as bytes on their way: beside the node's name until it is done. */
	const drawWork = ({node, step = '', detail}: News) => {
		if (node === undefined) return;
		const {done, total: all} = (detail ?? {}) as {done?: unknown; total?: unknown};
		const text = done === all ? '' : plainLine(`${step} ${progressText(detail)}`, 100);
		nodeRow(node).title([paint.bold(plainLine(node)), paint.dim(text)].join('  ').trimEnd());
	};
	return {
		show(news) {
			const phase = board.nodes.get(news.node ?? '')?.get(news.phase ?? '');
			if (phase !== undefined && news.node !== undefined && isMove(news)) return drawPhase(news.node, phase);
			if (news.type === 'progress') return drawWork(news);
			const text = narrate(news, board, canvas);
			if (text) later.push(news.node === undefined ? text : `${paint.bold(plainLine(news.node))} | ${text}`);
		},
		end() {
			for (const [node, phases] of board.nodes) {
				const all = [...phases.values()];
				const sum = {changed: total(all, 'changed'), unchanged: total(all, 'unchanged')};
				nodeRow(node).title(`${paint.bold(plainLine(node))}  ${paint.dim(tally(sum, now() - began))}`);
				nodeRow(node).state(all.some(({state}) => state === 'failed') ? 'failed' : 'done');
			}
			drawing.end();
			for (const text of later) stream.write(`${text}\n`);
		},
	};
}

function isMove({type}: News): boolean {
	return type === 'phase' || type === 'step' || type === 'progress';
}

function tally(counts: {readonly changed: number; readonly unchanged: number}, ms: number): string {
	return `${countText(counts)}, ${seconds(ms)}`;
}

function total(rows: readonly PhaseRow[], key: 'changed' | 'unchanged'): number {
	return rows.reduce((sum, row) => sum + row[key], 0);
}
