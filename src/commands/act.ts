/** What every verb that acts has around it: a run id, a log, a report, and one way out for errors. */
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {Interrupted, KubestrapError} from '../errors.ts';
import type {Walk} from '../pipeline.ts';
import {type LogFile, openLog} from '../report/logfile.ts';
import {openReport, type Report} from '../report/report.ts';
import type {Call} from './call.ts';
import {secretWords} from './secret-words.ts';
import {secondsOf} from './time-limit.ts';

export type Act = {readonly report: Report; readonly walk: Walk};

/** What a verb's report is like. */
export type Manner = {
	/** Findings are the verb's data, so they go to stdout as lines. */
	readonly answers?: true;
	/** The verb prints one document to stdout, whatever its form; events go to stderr and the log. */
	readonly document?: true;
	/** Findings are part of that document, so they are no lines on stderr. */
	readonly findingsInside?: true;
};

/**
 * Opens log and report, lets the verb do its work, and gives the exit code. Whatever is thrown is reported; an abort by the operator
 * is Interrupted, whichever error it surfaced as.
 */
export async function act(verb: string, call: Call, manner: Manner, work: (act: Act) => Promise<number>): Promise<number> {
	const {flags, around} = call;
	const run = randomBytes(4).toString('hex');
	const lockSeconds = flags.lockTimeout === undefined ? 0 : secondsOf('lock-timeout', flags.lockTimeout);
	const {log, lost} = tryLog(verb, run, call);
	const secrets = await secretWords(call);
	const report = openReport({
		output: manner.document ? 'text' : flags.output,
		tty: around.stderr.isTTY === true && around.env.TERM !== 'dumb',
		colors: flags.colors && around.stderr.isTTY === true,
		verbose: flags.verbose,
		run,
		stdout: around.stdout,
		stderr: around.stderr,
		...(manner.answers === undefined ? {} : {answers: around.stdout}),
		findingsInside: manner.findingsInside === true,
		...(log === undefined ? {} : {log}),
	});
	report.hide(() => secrets.values);
	if (lost !== undefined) report.tell({type: 'note', detail: `no log file: ${lost}`});
	try {
		const {acceptNewHostKeys, skipPhases, onlyPhases, concurrency} = flags;
		const shared = {
			run,
			version: around.version,
			tell: report.tell,
			signal: around.signal,
			hide: report.hide,
			acceptNewHostKeys,
			skipPhases,
			onlyPhases,
			...secrets.access,
			lockSeconds,
			...(concurrency === undefined ? {} : {concurrency}),
		};
		return await work({report, walk: shared});
	} catch (error) {
		return report.fail(stopped(around.signal) ?? error);
	}
}

/** Why a run was stopped before its end, if it was. The reason of an abort by `--timeout` is an error of ours, and speaks for itself. */
export function stopped(signal: AbortSignal): KubestrapError | undefined {
	if (!signal.aborted) return undefined;
	if (signal.reason instanceof KubestrapError) return signal.reason;
	return new Interrupted('interrupted', {hint: 'run the same command again: it settles what is still at work and goes on'});
}

/** A log in XDG_STATE_HOME/kubestrap/logs. A folder that cannot be written is said, but stops nobody. */
function tryLog(verb: string, run: string, {around}: Call): {log?: LogFile; lost?: string} {
	const state = around.env.XDG_STATE_HOME || join(around.home, '.local', 'state');
	const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
	try {
		const onLost = (reason: string) => around.stderr.write(`the log file is given up: ${reason}\n`);
		return {log: openLog(join(state, 'kubestrap', 'logs'), `${time}-${verb}-${run}`, onLost)};
	} catch (error) {
		return {lost: error instanceof Error ? error.message : String(error)};
	}
}
