/** A question to the operator, asked on the terminal before anything is drawn there. */
import {createInterface} from 'node:readline';
import {ConfigError} from '../errors.ts';
import type {Call} from './call.ts';

/** Without a terminal nobody can be asked. Throws ConfigError then, before anything is contacted. */
export function mustBeAskable({flags, around}: Call): void {
	if (flags.config === '-' || around.stdin.isTTY !== true || around.stderr.isTTY !== true)
		throw new ConfigError([{message: 'nobody can be asked here: this is no terminal'}], {hint: 'give -y to mean it'});
}

/** Asks, and takes `y` or `yes` for a yes as kubeadm does; anything else, the end of the input and Ctrl-C are a no. */
export async function confirmed(question: string, {around}: Call): Promise<boolean> {
	const {stdin, stderr, signal} = around;
	stderr.write(`${question} [y/N]: `);
	const lines = createInterface({input: stdin, terminal: false});
	const answer = await new Promise<string>((resolve) => {
		lines.once('line', resolve);
		lines.once('close', () => resolve(''));
		signal.addEventListener('abort', () => lines.close(), {once: true});
	});
	lines.close();
	return ['y', 'yes'].includes(answer.trim().toLowerCase());
}
