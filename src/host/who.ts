/** Finds out how commands become root's on a machine: already, by sudo, or by sudo with a password. */
import {ConnectError} from '../errors.ts';
import type {Output} from '../model.ts';
import type {Become} from './become.ts';
import type {Open} from './channel.ts';
import {converse} from './converse.ts';

/** A sudo that asks a dead name service answers late (N7), but it answers. */
const patience = 30_000;

/**
 * Tries the three ways, cheapest first; the first also proves that the login shell runs commands. `sudoPassword` is asked only when
 * sudo wants one. Throws ConnectError when no way leads to root, TransportError when the line is lost meanwhile.
 */
export async function whoAmI(
	name: string,
	open: Open,
	{sudoPassword, signal}: {sudoPassword?: (() => Promise<string>) | undefined; signal?: AbortSignal | undefined},
): Promise<Become> {
	const ask = (become: Become): Promise<Output> =>
		converse(name, open, become, ['id', '-u'], {deadline: patience, ...(signal && {signal})});
	const self = await ask({how: 'direct'});
	if (self.stdout.trim() === '0') return {how: 'direct'};
	try {
		await ask({how: 'sudo'});
		return {how: 'sudo'};
	} catch (error) {
		if (!(error instanceof ConnectError) || !/password is required/.test(error.message)) throw error;
	}
	if (sudoPassword === undefined) {
		throw new ConnectError(name, 'sudo wants a password, and none was given', {
			hint: 'allow the user NOPASSWD in sudoers, or give the password with --ask-sudo-password (-K)',
		});
	}
	const become: Become = {how: 'sudo-with-password', password: await sudoPassword()};
	await ask(become);
	return become;
}
