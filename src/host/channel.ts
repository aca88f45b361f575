/** One running command, wherever it runs: three streams and how it ended. SSH and the local machine both give one. */
import type {Readable, Writable} from 'node:stream';

/** How a command ended. A line that was lost is no ending. */
export type Ending = {readonly code: number} | {readonly signal: string};

export type Channel = {
	readonly stdin: Writable;
	readonly stdout: Readable;
	readonly stderr: Readable;
	/** Settles after the last byte of output. Rejects with an Unreachable when the line was lost. */
	readonly ended: Promise<Ending>;
	/** Gives the command up: its streams are closed. It may go on running where it is. */
	drop(): void;
};

/** Starts a program with its arguments. Rejects with Unreachable when the line is lost or refuses. */
export type Open = (words: readonly string[]) => Promise<Channel>;
