/** One proof at a time per cluster: whoever holds the turn may take every namespace of ours for a leftover. */
import {LockedError} from '../errors.ts';
import type {Host} from '../model.ts';

const file = '/run/kubestrap-verify.lock';
const seconds = 300;

/**
 * Takes the turn on a node and gives the function that gives it back. The lock is held by a command that reads from us, so it is
 * free when we are gone, however we went; and after five minutes at the latest, should nobody tell the node that we are gone.
 * Throws LockedError when another proof is at work.
 */
export async function takeTurn(host: Host, signal?: AbortSignal): Promise<() => Promise<void>> {
	let release = () => {};
	const held = new Promise<void>((resolve) => {
		release = resolve;
	});
	let taken = () => {};
	const got = new Promise<'got'>((resolve) => {
		taken = () => resolve('got');
	});
	const holding = host.exec(
		['flock', '-n', '-E', '75', file, 'timeout', String(seconds), 'sh', '-c', 'echo got; exec cat >/dev/null'],
		{
			stdin: silence(held),
			deadline: (seconds + 30) * 1000,
			onStdout: taken,
			...(signal === undefined ? {} : {signal}),
		},
	);
	const first = await Promise.race([got, holding]);
	if (first === 'got') {
		return async () => {
			release();
			await holding.catch(() => undefined);
		};
	}
	release();
	if (first.code === 75)
		throw new LockedError(`another verify is at work on ${host.name}`, {hint: 'wait until it has ended, at most five minutes'});
	throw new Error(`flock on ${host.name} ended with ${first.code}: ${first.stderr.trim()}`);
}

/** A standard input that says nothing until it ends. */
async function* silence(end: Promise<void>): AsyncGenerator<Uint8Array> {
	await end;
	yield new Uint8Array();
}
