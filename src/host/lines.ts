/** The lines to one machine: usually one; another one when sshd opens no further session on those that there are (MaxSessions). */
import {setTimeout as pause} from 'node:timers/promises';
import type {Line} from './ssh.ts';

/** A session's place on a line. */
export type Seat = {
	readonly line: Line;
	/** How many other sessions we have on this line. */
	readonly others: () => number;
	/** sshd opens no more than these others: the line takes no further one, now or later. */
	full(): void;
	leave(): void;
};

type Bench = {readonly line: Line; seats: number; most: number};

/** sshd allows ten sessions on a connection by default; somebody who looks in by the same connection may want one too. */
const perLine = 8;

/**
 * Lines that are opened one after the other, when nobody finds a seat. `open` dials, with every check, each time. A line that was lost is
 * forgotten.
 */
export function lines(first: Line, open: () => Promise<Line>) {
	let benches: Bench[] = [bench(first)];
	let opening: Promise<void> | undefined;
	let closed = false;

	const more = async (): Promise<void> => {
		const line = await open();
		if (closed) line.close();
		benches.push(bench(line));
	};
	return {
		async take(): Promise<Seat> {
			for (;;) {
				benches = benches.filter(({line}) => !line.isLost());
				const free = benches.find(({seats, most}) => seats < most);
				if (free !== undefined) return seat(free);
				// Whoever comes first opens the new line, the others wait for it.
				opening ??= more().finally(() => {
					opening = undefined;
				});
				await opening;
			}
		},
		close(): void {
			closed = true;
			for (const {line} of benches) line.close();
		},
		get count() {
			return benches.length;
		},
	};
}

const bench = (line: Line): Bench => ({line, seats: 0, most: perLine});

function seat(on: Bench): Seat {
	on.seats += 1;
	let left = false;
	return {
		line: on.line,
		others: () => on.seats - 1,
		full: () => {
			on.most = Math.min(on.most, on.seats - 1);
		},
		leave: () => {
			if (!left) on.seats -= 1;
			left = true;
		},
	};
}

/** sshd needs a moment to forget a session that has ended: it is asked again after a while that grows. */
export const breather = (refusals: number, signal: AbortSignal): Promise<void> => pause(20 * refusals, undefined, {signal});
