/** What a failed handshake means: ssh2's errors in the words of somebody who can mend it. */

import type {Hop} from '../cluster/route.ts';
import type {Credentials} from './credentials.ts';
import {evidence, Unreachable} from './unreachable.ts';

type Times = {readonly banner: number; readonly ready: number};

/** sshd drops us without a word, or with one of these; anything else that is said instead of a banner is no sshd's. */
export function isBusy(error: unknown): boolean {
	const {level, heard = ''} = error as {level?: string; heard?: string};
	return level === 'dropped' && (heard.trim() === '' || /MaxStartups|Not allowed at this time/i.test(heard));
}

/** An Unreachable for a raw error of the handshake; what is one already, or no error of the wire, is given back as it is. */
export function explainHandshake(error: unknown, hop: Hop, credentials: Credentials, times: Times, tries: number): unknown {
	if (error instanceof Unreachable || !(error instanceof Error)) return error;
	const {level, message, heard = ''} = error as Error & {level?: string; heard?: string};
	const of = (text: string, hint: string, mends: Unreachable['mends']) => new Unreachable(text, {hint, mends, cause: error});
	if (/too many authentication failures/i.test(message)) {
		const text = `${hop.user} was not let in: sshd counts the keys that are offered and takes no more of them (MaxAuthTries); ${credentials.all.length} keys were meant to be tried`;
		return of(
			text,
			'name the one right key: identityFile in the config, or IdentityFile with IdentitiesOnly yes in the ssh config',
			'never',
		);
	}
	if (level === 'client-authentication') {
		const tried = credentials.all.map(({label}) => label).join(', ') || 'none, because none was found';
		const text = [`${hop.user} was not let in; keys tried: ${tried}`, ...credentials.problems].join('; ');
		return of(text, `put the public key into ~${hop.user}/.ssh/authorized_keys there, or name the right identityFile`, 'never');
	}
	if (level === 'banner') {
		return of(
			`connected, but no SSH banner within ${times.banner / 1000} s`,
			`is it sshd that listens on port ${hop.port}?`,
			'away',
		);
	}
	if (level === 'client-timeout') {
		const hint = 'is the machine overloaded, or does its sshd wait for a name service (UseDNS)?';
		return of(`no SSH session within ${times.ready / 1000} s`, hint, 'away');
	}
	if (level === 'dropped' && heard.trim() !== '' && !isBusy(error)) {
		const hint = `is it sshd that listens on port ${hop.port}?`;
		return of(`what answers there is not sshd; it said: ${evidence(heard)}`, hint, 'away');
	}
	if (level === 'dropped') {
		const hint = 'is sshd overloaded (MaxStartups), or does a firewall or fail2ban block this machine?';
		const said = heard === '' ? '' : ` (it said: ${evidence(heard)})`;
		return of(`the connection was closed before an SSH banner, ${tries} times${said}`, hint, 'busy');
	}
	if (level === 'handshake') {
		return of(`no SSH session: ${message}`, 'sshd there offers no algorithm that is safe today; update it', 'never');
	}
	const hint = 'is it sshd that listens there? its log says more (journalctl -u ssh)';
	return of(`the SSH handshake broke off: ${message}`, hint, 'away');
}
