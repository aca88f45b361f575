/** What every view of a run is to the report: it is shown events, and told when it is over. */
import type {News} from '../model.ts';
import type {Board} from './board.ts';
import type {Paint} from './paint.ts';

export type View = {
	show(news: News): void;
	/** Stops drawing; afterwards the terminal is free for plain text. */
	end(): void;
};

/** Where text goes and what it may look like there. */
export type Canvas = {
	readonly stream: NodeJS.WriteStream;
	/** Where findings go. */
	readonly answers: NodeJS.WriteStream;
	readonly board: Board;
	readonly verbose: boolean;
	readonly paint: Paint;
	/** Milliseconds from a monotonic clock. */
	readonly now: () => number;
};
