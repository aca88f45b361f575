/** How a command becomes root's: what is typed into the login shell, what sudo sees, and what it means when that fails. */
import {randomBytes} from 'node:crypto';
import {line as commandLine} from '../steps/quote.ts';
import type {Ending} from './channel.ts';
import {evidence, Unreachable} from './unreachable.ts';

export type Become =
	| {readonly how: 'direct'}
	| {readonly how: 'sudo'}
	| {readonly how: 'sudo-with-password'; readonly password: string};

/** Said on stderr when the shell of root is up, and waits for its line. */
export const ready = 'kubestrap: ready\n';

/**
 * The only program that the login shell, sudo's log and `ps` ever see: a constant. It sets what every command may rely on, and takes
 * the real command as one line from stdin (`read` takes not a byte more from a pipe; `printf %b` gives newlines back).
 * No quote, backslash or exclamation mark in it, so that fish and csh pass it on unchanged.
 */
const shell = [
	'/bin/sh',
	'-c',
	'LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; umask 022; cd /; ' +
		'echo "kubestrap: ready" >&2; IFS= read -r line || exit 125; eval "$(printf %b "$line")"',
];

/** What one exec needs to hold its conversation. `line` begins with a line, and may go on. `mark` is printed on both outputs when the command begins; `prompt` is sudo's. */
export type Script = {readonly words: readonly string[]; readonly line: string; readonly mark: string; readonly prompt: string};

/** From so many bytes on a text is read by `head`, which takes many at a time; the shell's `read` takes one. */
const long = 2048;

/**
 * The words to start and the line to send for an argv. Mark and prompt are random, so nothing that runs before can fake them. `alone`: nothing else
 * comes on stdin, so a long text may be read by a program that takes more than it should.
 * Throws for a NUL byte in the argv.
 */
export function script(become: Become, argv: readonly string[], {alone = false} = {}): Script {
	const mark = `kubestrap-${randomBytes(12).toString('hex')}\n`;
	const prompt = `kubestrap-password-${randomBytes(12).toString('hex')}:`;
	const say = `echo ${mark.trim()}`;
	const text = `${say}; ${say} >&2; exec ${commandLine(argv)}`;
	// A line that came cut has no end, and is not run; a long text has one of its own.
	const whole = `${text} # ${mark.trim()}`;
	const size = Buffer.byteLength(whole);
	return {
		words: ['env', 'LC_ALL=C', ...sudo(become, prompt), ...shell].slice(become.how === 'direct' ? 2 : 0),
		line:
			alone && size > long
				? `all=$(head -c ${size}); case $all in *' # ${mark.trim()}') eval "$all" ;; *) exit 125 ;; esac\n${whole}`
				: `${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
		mark,
		prompt,
	};
}

/** `-k`: a password that somebody typed minutes ago is not what we rely on. */
function sudo({how}: Become, prompt: string): readonly string[] {
	if (how === 'direct') return [];
	return how === 'sudo' ? ['sudo', '-k', '-n', '--'] : ['sudo', '-k', '-S', '-p', prompt, '--'];
}

/** What it means that the mark never came: the login shell or sudo did not let the command begin. */
export function neverBegan(become: Become, noise: string, ending: Ending): Unreachable {
	const said =
		evidence(noise.replaceAll(ready, '')) ||
		('code' in ending ? `exit code ${ending.code}, no word` : `killed by ${ending.signal}`);
	const of = (message: string, hint: string) => new Unreachable(message, {hint, mends: 'never'});
	if (become.how === 'direct')
		return of(`the login shell did not run the command: ${said}`, 'the user needs a login shell, and no forced command');
	if (/incorrect password|try again/i.test(said)) return refusedPassword(noise);
	if (/must have a tty/.test(said))
		return of(`sudo wants a terminal: ${said}`, 'kubestrap works without one; in sudoers: Defaults !requiretty');
	if (/pty/.test(said)) return of(`sudo cannot get a terminal of its own: ${said}`, 'in sudoers: Defaults !use_pty');
	if (/not in the sudoers|not allowed/.test(said))
		return of(`the user may not become root: ${said}`, 'in sudoers: USER ALL=(ALL) NOPASSWD: ALL');
	if (/sudo.*(not found|No such file)/.test(said))
		return of(`there is no sudo: ${said}`, 'install sudo, or let kubestrap log in as root');
	return of(`sudo did not run the command: ${said}`, 'try by hand: ssh there, then sudo -n true');
}

/** sudo answered the password with another prompt, or with its last word. */
export function refusedPassword(noise: string): Unreachable {
	const said = evidence(noise, 2);
	return new Unreachable(`sudo refused the password${said === '' ? '' : `: ${said}`}`, {
		hint: 'give the right sudo password, or allow NOPASSWD in sudoers',
		mends: 'never',
	});
}
