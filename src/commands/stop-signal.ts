/** What Ctrl-C means: the first ends cleanly, the second leaves at once, the third does not even say what it left. */
import {exitCodes, Interrupted} from '../errors.ts';

/** So long the second one waits for machines to say what becomes of their work. */
const leavingMs = 12_000;

/** What it needs of the process. */
type Porch = Pick<NodeJS.Process, 'on' | 'exit' | 'stderr'>;

/** Aborts at the first Ctrl-C (or SIGTERM, SIGHUP) with an Interrupted whose `atOnce` aborts at the second. */
export function stopSignal(porch: Porch): AbortSignal {
	const stop = new AbortController();
	const leave = new AbortController();
	const exit = () => porch.exit(exitCodes.interrupted);
	const hint = 'run the same command again: it skips what is done, and goes on';
	const onSignal = () => {
		if (leave.signal.aborted) return exit();
		if (stop.signal.aborted) {
			porch.stderr.write('\nleaving at once: what is at work on the nodes is ended in the middle of its step\n');
			setTimeout(exit, leavingMs).unref();
			return leave.abort();
		}
		porch.stderr.write('\nstopping: the steps at work are ended first; once more leaves at once\n');
		stop.abort(new Interrupted('interrupted', {hint, atOnce: leave.signal}));
	};
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) porch.on(name, onSignal);
	return stop.signal;
}
