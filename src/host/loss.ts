/** Who must know when a connection is gone, and what they are told. */
import {Unreachable} from './unreachable.ts';

/** Tells everybody who waits on a connection that it is gone. Not a promise: that would keep every finished command in memory. */
export function losses() {
	let reason: Unreachable | undefined;
	const watchers = new Set<(reason: Unreachable) => void>();
	return {
		reason: () => reason,
		lose: (cause: Error) => {
			reason ??= lostLine(cause);
			for (const tell of watchers) tell(reason);
			watchers.clear();
		},
		/** Calls `tell` once when the line is lost, or now when it is; the returned function ends the watch. */
		watch: (tell: (reason: Unreachable) => void) => {
			if (reason !== undefined) tell(reason);
			else watchers.add(tell);
			return () => void watchers.delete(tell);
		},
	};
}
export type Losses = ReturnType<typeof losses>;

/** Why a command has no ending: the keepalive ran out, or the connection broke. */
export function lostLine(cause?: Error): Unreachable {
	const silent = (cause as {level?: string} | undefined)?.level === 'client-timeout';
	return new Unreachable(
		silent ? 'the machine does not answer any more, the connection is given up' : 'the connection was lost',
		{
			hint: 'the machine or the network between went away; run the same command again, it goes on where it stopped',
			mends: 'away',
			cause,
		},
	);
}
