/** Rows on a terminal that change while one looks: all that we want of listr2. It draws; it never runs or orders work. */

import type {ListrDefaultRendererOptions, ListrDefaultRendererTask, ListrEventManager} from 'listr2';
import {createWritable, DefaultRenderer, Listr, ListrLogger, ListrTaskState, ProcessOutput} from 'listr2';

type Task = ListrDefaultRendererTask;
type Rows = Listr<unknown, typeof DefaultRenderer>;

export type Row = {
	title(text: string): void;
	state(state: 'running' | 'done' | 'failed'): void;
	hide(): void;
	/** A row below this one. */
	add(title: string): Row;
};

export type Drawing = {add(title: string): Row; end(): void};

/** listr2 draws the whole tree on every change of state, which starves SSH in the same thread; ten pictures a second are enough. */
class Throttled extends DefaultRenderer {
	#next: NodeJS.Timeout | undefined;

	constructor(tasks: Task[], options: ListrDefaultRendererOptions, events: ListrEventManager) {
		super(tasks, options, events);
		const refresh = () => {
			this.#next ??= setTimeout(() => {
				this.#next = undefined;
				this.update();
			}, 100).unref();
		};
		Object.assign(this, {refresh});
	}

	override end(): void {
		clearTimeout(this.#next);
		super.end();
	}
}

// Its own SIGINT handler would end the process with 127 in the middle of a step.
const passive = {renderer: 'silent', registerSignalListeners: false, exitOnError: false} as const;
const states = {running: ListrTaskState.STARTED, done: ListrTaskState.COMPLETED, failed: ListrTaskState.FAILED};

/** Begins to draw on the stream. Until `end`, nothing else may write there: listr2 holds back what is written. */
export async function openDrawing(stream: NodeJS.WriteStream): Promise<Drawing> {
	const elsewhere = createWritable(() => {}) as unknown as NodeJS.WriteStream;
	const logger = new ListrLogger({useIcons: true, toStderr: [], processOutput: new ProcessOutput(stream, elsewhere)});
	const root = rowsBelow();
	const options = {lazy: true, collapseErrors: false, formatOutput: 'truncate', logger} as const;
	const renderer = new Throttled(root.tasks as unknown as Task[], options as ListrDefaultRendererOptions, root.events);
	await renderer.render();
	return {add: (title) => addRow(root, title), end: () => renderer.end()};
}

function rowsBelow(parent?: Task): Rows {
	// The constructor's type knows only renderers by name; a silent one leaves all drawing to ours.
	return new Listr([], passive, parent as never) as unknown as Rows;
}

function addRow(rows: Rows, first: string): Row {
	rows.add({title: first, task: () => undefined});
	const task = rows.tasks.at(-1);
	if (task === undefined) throw new Error('listr2 did not take a row');
	// `enabled` is set by listr2 when it runs a task; here nobody runs.
	Object.assign(task, {enabled: true});
	task.state$ = ListrTaskState.STARTED;
	let below: Rows | undefined;
	return {
		title(text) {
			task.title$ = text;
		},
		state(state) {
			if (task.state !== states[state]) task.state$ = states[state];
		},
		hide: () => Object.assign(task, {enabled: false}),
		add(title) {
			below ??= rowsBelow(task as unknown as Task);
			const row = addRow(below, title);
			task.subtasks = below.tasks;
			return row;
		},
	};
}
