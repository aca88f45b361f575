/** A run's way out: stamps events, and gives them to the log file, the screen, or a pipe. */
import type {Event, News, Summary, Tell} from '../model.ts';
import {openBoard} from './board.ts';
import {errorText, exitCodeOf} from './failure.ts';
import {jsonLine, yamlDocument} from './jsonl.ts';
import {lines} from './lines.ts';
import type {LogFile} from './logfile.ts';
import {paint as painter} from './paint.ts';
import {type Hidden, redactor} from './redact.ts';
import {signOfLife} from './sign-of-life.ts';
import {type Closing, summaryText} from './summary.ts';
import type {Canvas, View} from './view.ts';

export type ReportOptions = {
	readonly output: 'text' | 'json' | 'yaml';
	/** Whether stderr is a terminal that a live tree can be drawn on. */
	readonly tty: boolean;
	readonly colors: boolean;
	readonly verbose: boolean;
	/** Identifies this run in every event. */
	readonly run: string;
	/** Absent when no log could be opened. */
	readonly log?: LogFile;
	/** Data: events of `-o json` and `-o yaml`. */
	readonly stdout: NodeJS.WriteStream;
	/** Everything else. */
	readonly stderr: NodeJS.WriteStream;
	/** Where findings go in text output: stderr, unless they are what the verb was asked for. */
	readonly answers?: NodeJS.WriteStream;
	/** The verb prints findings itself: they are no lines. */
	readonly findingsInside?: boolean;
	readonly clock?: () => Date;
};

export type Report = {
	readonly tell: Tell;
	/** The verb's own data, on stdout, without the secrets that are known. Done when all of it is written: a pipe takes what is long in pieces. */
	readonly print: (text: string) => Promise<void>;
	/** From now on the terminal belongs to the live tree, if there is a terminal. */
	live(): Promise<void>;
	/** Names the secrets that must not come out, whoever says them. May be called again when more are known. */
	readonly hide: (values: Hidden) => void;
	/** Stops the live view and leaves the terminal free, for text that is not an event. */
	quiet(): void;
	/** Ends the run: the summary event is the last line of `-o json` and of the log. */
	end(summary: Summary, closing: Closing): void;
	/** Ends the run with an error that no summary came from. Gives the exit code. */
	fail(error: unknown): number;
};

export function openReport(options: ReportOptions): Report {
	const {output, log, run, stderr, stdout, clock = () => new Date()} = options;
	const began = performance.now();
	const paint = painter(options.colors);
	const board = openBoard();
	let hidden: readonly Hidden[] = [];
	const clean = redactor(() => hidden.flatMap((values) => values()));
	const canvas: Canvas = {
		stream: stderr,
		answers: options.answers ?? stderr,
		board,
		verbose: options.verbose,
		paint,
		now: () => performance.now(),
	};
	const silent: View = {show: () => {}, end: () => {}};
	let view = output === 'text' ? lines(canvas) : silent;
	const stamp = (news: News): string => {
		const event: Event = {time: clock().toISOString(), run, ...news};
		const line = clean(jsonLine(event));
		log?.write(line);
		if (output === 'json') stdout.write(`${line}\n`);
		if (output === 'yaml') stdout.write(`${clean(yamlDocument(event))}\n`);
		return line;
	};
	const quiet = () => {
		life.stop();
		view.end();
		view = output === 'text' ? lines(canvas) : silent;
		isLive = false;
	};
	const last = (detail: object, text: string, always: boolean) => {
		quiet();
		stamp({type: 'summary', detail: {...detail, log: log?.path}});
		if (always || output === 'text') stderr.write(`${clean(text)}\n${log === undefined ? '' : `log: ${log.path}\n`}`);
		log?.close();
	};
	const tell: Tell = (news) => {
		// The last line of a run is the report's own.
		if (news.type === 'summary') return;
		const safe = (JSON.parse(stamp(news)) ?? {}) as News;
		board.take(safe);
		if (!(options.findingsInside && news.type === 'check')) view.show(safe);
		life.heard();
	};
	// A live tree counts the seconds itself; its log has the notes all the same.
	const life = signOfLife(board, (news) => (isLive ? stamp(news) : tell(news)));
	let isLive = false;
	return {
		tell,
		print: (text) => new Promise((resolve) => void stdout.write(clean(text), () => resolve())),
		async live() {
			if (output !== 'text' || !options.tty) return;
			view = await drawTree(canvas);
			isLive = true;
		},
		hide(values) {
			hidden = [...hidden, values];
		},
		quiet,
		end(summary, closing) {
			last(summary, summaryText(summary, closing, paint), !summary.ok);
		},
		fail(error) {
			const exit = exitCodeOf(error);
			const detail = {
				ok: false,
				exit,
				error: errorText(error, painter(false)),
				stack: error instanceof Error ? error.stack : undefined,
			};
			last({...detail, ms: Math.round(performance.now() - began)}, errorText(error, paint), true);
			return exit;
		},
	};
}

/** listr2 is loaded only where there is a terminal to draw on. */
async function drawTree(canvas: Canvas): Promise<View> {
	const {tree} = await import('./tree.ts');
	return tree(canvas);
}
