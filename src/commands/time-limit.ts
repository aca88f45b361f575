/** `--timeout`: how long a run may take; and how flags say durations. */
import {parseDuration} from '../cluster/duration.ts';
import {ConfigError, StepError} from '../errors.ts';

/** A signal that aborts, with an error that says so, when the time is over; one that never does when no time was given. */
export function timeLimit(given: string | undefined): AbortSignal {
	const stop = new AbortController();
	if (given === undefined) return stop.signal;
	const seconds = secondsOf('timeout', given);
	if (seconds === 0) throw noDuration('timeout', given);
	const hint = 'run the same command again: it settles what is still at work and goes on';
	const late = () => stop.abort(new StepError(`not done within --timeout ${given}`, {hint}));
	// Longer than a timer can be is as good as none.
	if (seconds < 2_000_000) setTimeout(late, seconds * 1000).unref();
	return stop.signal;
}

/** Seconds of a flag's duration. Throws ConfigError. */
export function secondsOf(flag: string, given: string): number {
	const seconds = parseDuration(given);
	if (seconds === undefined) throw noDuration(flag, given);
	return seconds;
}

function noDuration(flag: string, given: string): ConfigError {
	return new ConfigError([{message: `--${flag} ${given} is no duration`, hint: 'write it as 90s, 10m or 1h'}]);
}
