/** Holds one command's conversation: sudo's dialogue, the line, stdin, both outputs, the deadline, and how it all ended. */
import {constants} from 'node:os';
import {ConnectError, Interrupted, KubestrapError, TransportError} from '../errors.ts';
import type {ExecOptions, Output} from '../model.ts';
import {line as commandLine} from '../steps/quote.ts';
import {type Become, neverBegan, ready, refusedPassword, script} from './become.ts';
import type {Channel, Ending, Open} from './channel.ts';
import {collect, outputLimit} from './collect.ts';
import {pump} from './pump.ts';
import {evidence, Unreachable} from './unreachable.ts';

/** A timer that is set for longer fires at once. */
const longest = 2 ** 31 - 1;

/**
 * Runs an argv as root on the machine `name`. The deadline counts from now. Throws TransportError when the line is lost, the deadline
 * passes or the output is endless; ConnectError when root's shell never began; the signal's reason (or Interrupted) when it aborts;
 * what the stdin source throws.
 */
export async function converse(
	name: string,
	open: Open,
	become: Become,
	argv: readonly string[],
	options: ExecOptions,
): Promise<Output> {
	const {words, line, mark, prompt} = script(become, argv, {alone: options.stdin === undefined});
	const stop = Promise.withResolvers<never>();
	stop.promise.catch(() => {});
	const shown = evidence(commandLine(argv).slice(0, 120), 1);
	const timer = setTimeout(
		() => {
			const hint = 'is the machine overloaded, or does the command wait for something that never comes?';
			stop.reject(new TransportError(name, `no end of \`${shown}\` within ${options.deadline / 1000} s`, {hint}));
		},
		Math.min(options.deadline, longest),
	);
	const abort = () => stop.reject(options.signal?.reason instanceof KubestrapError ? options.signal.reason : new Interrupted());
	if (options.signal?.aborted) abort();
	options.signal?.addEventListener('abort', abort, {once: true});
	let channel: Channel | undefined;
	let over = false;
	try {
		const opening = open(words);
		// A channel that comes after we have given up is closed at once.
		opening.then(
			(late) => over && late.drop(),
			() => {},
		);
		channel = await Promise.race([opening, stop.promise]);
		return await Promise.race([talk(channel), stop.promise]);
	} catch (error) {
		channel?.drop();
		throw named(name, error);
	} finally {
		over = true;
		clearTimeout(timer);
		options.signal?.removeEventListener('abort', abort);
	}

	async function talk({stdin, stdout, stderr, ended}: Channel): Promise<Output> {
		let wake = () => {};
		const tooMuch = () => {
			const hint = `a command may print ${outputLimit / 1024 / 1024} MiB; this is no answer that kubestrap knows`;
			stop.reject(new TransportError(name, `\`${shown}\` prints without end`, {hint}));
		};
		stdin.on('error', () => {});
		const out = collect(stdout, mark, {tooMuch, onBytes: options.onStdout});
		const err = collect(stderr, mark, {tooMuch, heard: () => wake()});
		if (become.how === 'sudo-with-password') {
			const heard = (what: () => boolean) =>
				new Promise<boolean>((resolve, reject) => {
					wake = () => what() && resolve(true);
					wake();
					ended.then(() => resolve(false), reject);
				});
			const prompts = () => err.noise().split(prompt).length - 1;
			if (await heard(() => prompts() > 0 || err.noise().endsWith(ready))) {
				if (prompts() > 0) {
					stdin.write(`${become.password}\n`);
					await heard(() => prompts() > 1 || err.noise().endsWith(ready));
					if (prompts() > 1) throw refusedPassword(err.noise().replaceAll(prompt, '\n'));
				}
			}
		}
		stdin.write(line);
		const feeding = pump(options.stdin, stdin, ended);
		feeding.catch(stop.reject);
		const ending = await ended;
		if (!out.began()) throw neverBegan(become, `${out.noise()}\n${err.noise().replaceAll(prompt, '\n')}`, ending);
		return {code: exitCode(ending), stdout: out.text(), stderr: err.text()};
	}
}

function exitCode(ending: Ending): number {
	if ('code' in ending) return ending.code;
	return 128 + (constants.signals[ending.signal as NodeJS.Signals] ?? 0);
}

/** Gives what went wrong below its node's name. */
export function named(name: string, error: unknown): unknown {
	if (!(error instanceof Unreachable)) return error;
	const Kind = error.mends === 'never' ? ConnectError : TransportError;
	return new Kind(name, error.message, {hint: error.hint, cause: error});
}
