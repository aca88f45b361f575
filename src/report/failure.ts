/** What a failure says: what failed, the evidence, what to do; and where the log is. */
import {ConfigError, exitCodes, KubestrapError, showProblem} from '../errors.ts';
import type {Failure} from '../model.ts';
import {fresh, gist} from './gist.ts';
import type {Paint} from './paint.ts';
import {plain, plainLine} from './plain.ts';

/** A failed step, in three lines: evidence may take several, indented below the first. */
export function failureText({node, phase, step, what, evidence, remedy}: Failure, {bad}: Paint): string {
	const where = [`phase ${phase}`, step === '' ? '' : `step ${plainLine(step)}`].filter(Boolean).join(', ');
	const seen = fresh(evidence, what).join('\n');
	return [
		`${bad('failed:')} ${node}: ${where}: ${gist(what)}`,
		...(seen === '' ? [] : [`  seen: ${indented(seen)}`]),
		`  do:   ${indented(remedy)}`,
	].join('\n');
}

/** Failures that share node, phase and remedy are most often one fault seen many times: the first is told, the others are named. */
export function failuresText(failures: readonly Failure[], paint: Paint): string[] {
	const groups = Map.groupBy(failures, ({node, phase, remedy}) => [node, phase, remedy].join('\n'));
	return [...groups.values()].flatMap(([first, ...others]) => {
		if (first === undefined) return [];
		const also = others.map(({step}) => plainLine(step)).join(', ');
		return [failureText(first, paint), ...(also === '' ? [] : [`  also: ${also}`])];
	});
}

/** Any thrown value, in the same three lines. A value outside the family of errors is a bug of ours, and says how to report it. */
export function errorText(error: unknown, {bad}: Paint): string {
	if (error instanceof ConfigError) {
		const problems = error.problems.map((problem) => `${bad('error:')} ${plain(showProblem(problem))}`);
		return [...problems, ...(error.hint === '' ? [] : [`  do:   ${indented(error.hint)}`])].join('\n');
	}
	if (error instanceof KubestrapError) {
		const cause = error.cause instanceof Error ? error.cause.message : '';
		const seen = cause === '' || error.message.includes(cause) ? [] : [`  seen: ${indented(cause)}`];
		return [
			`${bad('error:')} ${indented(error.message)}`,
			...seen,
			...(error.hint === '' ? [] : [`  do:   ${indented(error.hint)}`]),
		].join('\n');
	}
	const [what, ...trace] = plain(error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n');
	return [
		`${bad('error:')} this is a bug in kubestrap: ${what}`,
		`  seen: ${
			trace
				.slice(0, 6)
				.map((line) => line.trim())
				.join('\n        ') || 'no stack'
		}`,
		'  do:   open an issue with the command line, `kubestrap version` and the log file (it holds no secrets)',
	].join('\n');
}

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): number {
	return error instanceof KubestrapError ? error.exit : exitCodes.bug;
}

function indented(text: string): string {
	return plain(text).trim().replaceAll('\n', '\n        ');
}
