/** Commands that may be run twice. */
import {TransportError} from '../errors.ts';
import type {ExecOptions, Host, Output} from '../model.ts';

/** No other attempt begins after so many milliseconds. */
const patience = 120_000;

/**
 * Runs a command that changes nothing, or may be done twice: when its line is lost, or stays silent until its deadline, it is run again on the next one.
 * Throws TransportError when that does not help for two minutes, ConnectError.
 */
export async function repeated(host: Host, argv: readonly string[], options: ExecOptions): Promise<Output> {
	const until = performance.now() + patience;
	for (;;) {
		try {
			return await host.exec(argv, options);
		} catch (error) {
			if (!(error instanceof TransportError) || options.signal?.aborted || performance.now() > until) throw error;
		}
	}
}
