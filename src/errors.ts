/** The closed family of errors. Each carries its exit code (interfaces.md §3), what to do next, and its cause. */

export const exitCodes = {
	done: 0,
	no: 1,
	config: 2,
	preflight: 3,
	connect: 4,
	step: 5,
	identity: 6,
	locked: 7,
	changesWait: 8,
	bug: 70,
	interrupted: 130,
} as const;

/** A problem in a text that somebody wrote: where it is, what is wrong, what to do. Lines and columns count from 1. */
export type Problem = {
	readonly file?: string;
	readonly line?: number;
	readonly column?: number;
	readonly message: string;
	readonly hint?: string;
};

export class KubestrapError extends Error {
	readonly exit: number;
	readonly hint: string;
	constructor(exit: number, message: string, {hint = '', cause}: {hint?: string; cause?: unknown} = {}) {
		super(message, cause === undefined ? undefined : {cause});
		this.name = new.target.name;
		this.exit = exit;
		this.hint = hint;
	}
}

/** Bad config, lock file or usage: carries every problem that was found. */
export class ConfigError extends KubestrapError {
	readonly problems: readonly Problem[];
	constructor(problems: readonly Problem[], options: {hint?: string; cause?: unknown} = {}) {
		const shown = problems.map(visible);
		super(exitCodes.config, shown.map(showProblem).join('\n'), options);
		this.problems = shown;
	}
}

/** What a file says is quoted in messages: characters that steer a terminal, or turn the direction of text, are written out. */
function visible(problem: Problem): Problem {
	const written = (text: string) =>
		text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, (one) => `\\u${one.codePointAt(0)!.toString(16).padStart(4, '0')}`);
	return {...problem, message: written(problem.message), ...(problem.hint !== undefined && {hint: written(problem.hint)})};
}

/** A machine cannot be reached, refused us, or showed a wrong host key. */
export class ConnectError extends KubestrapError {
	readonly node: string;
	constructor(node: string, message: string, options: {hint?: string; cause?: unknown} = {}) {
		super(exitCodes.connect, `${node}: ${message}`, options);
		this.node = node;
	}
}

/** A living connection was lost, or a deadline passed, while a command ran: nothing is known about the command. */
export class TransportError extends ConnectError {}

/** Preflight findings of level error; the findings were told as events. */
export class PreflightError extends KubestrapError {
	constructor(message: string, options: {hint?: string} = {}) {
		super(exitCodes.preflight, message, options);
	}
}

/** A step on a node failed. */
export class StepError extends KubestrapError {
	constructor(message: string, options: {hint?: string; cause?: unknown} = {}) {
		super(exitCodes.step, message, options);
	}
}

/** Certificates, keys or tokens that cannot be used or made. */
export class IdentityError extends KubestrapError {
	/** One by one, where the message tells of several things. */
	readonly troubles: readonly {readonly what: string; readonly evidence: string; readonly remedy: string}[];
	constructor(
		message: string,
		{troubles = [], ...options}: {hint?: string; cause?: unknown; troubles?: IdentityError['troubles']} = {},
	) {
		super(exitCodes.identity, message, options);
		this.troubles = troubles;
	}
}

/** Another run works on these machines. */
export class LockedError extends KubestrapError {
	constructor(message: string, options: {hint?: string} = {}) {
		super(exitCodes.locked, message, options);
	}
}

/** The operator pressed Ctrl-C. `atOnce` aborts when he does it again: then nothing is ended cleanly any more. */
export class Interrupted extends KubestrapError {
	readonly atOnce: AbortSignal | undefined;
	constructor(message = 'interrupted', {atOnce, ...options}: {hint?: string; atOnce?: AbortSignal} = {}) {
		super(exitCodes.interrupted, message, options);
		this.atOnce = atOnce;
	}
}

export function showProblem({file, line, column, message, hint}: Problem): string {
	const place = [file, line, column].filter((part) => part !== undefined).join(':');
	return `${place === '' ? '' : `${place}: `}${message}${hint ? ` (${hint})` : ''}`;
}
