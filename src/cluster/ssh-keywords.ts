/** The keywords of ssh_config(5) that kubestrap reads: a row each, and what a value must look like. */
import type {SshLine} from '../model.ts';

type Keyword = {
	readonly name: string;
	/** What README says that it does. */
	readonly does: string;
	/** What is wrong with the arguments. */
	readonly wrong: (args: readonly string[]) => string | undefined;
};

const one = (args: readonly string[]) => (args.length === 1 ? undefined : 'takes one argument');
const some = (args: readonly string[]) => (args.length >= 1 ? undefined : 'takes an argument');
const oneOf =
	(...words: readonly string[]) =>
	(args: readonly string[]) =>
		one(args) ?? (words.includes(args[0]!.toLowerCase()) ? undefined : `must be one of ${words.join(', ')}`);
const yesOrNo = oneOf('yes', 'no', 'true', 'false');
const port = (args: readonly string[]) =>
	one(args) ??
	(/^\d{1,5}$/.test(args[0]!) && Number(args[0]) >= 1 && Number(args[0]) <= 65535 ? undefined : 'must be between 1 and 65535');
const hops = (args: readonly string[]) =>
	one(args) ??
	(args[0]!.toLowerCase() === 'none' || args[0]!.split(',').every((hop) => parseHop(hop) !== undefined)
		? undefined
		: 'must be [user@]host[:port], with commas between, or none');

const row = (name: string, wrong: Keyword['wrong'], does: string): [string, Keyword] => [name.toLowerCase(), {name, does, wrong}];

export const keywords: Readonly<Record<string, Keyword>> = Object.fromEntries([
	row('HostName', one, 'the name or address to connect to; `%h` is the name that was asked for'),
	row('User', one, 'who logs in'),
	row('Port', port, 'where sshd listens'),
	row('IdentityFile', one, 'keys that are offered, in order; a `.pub` file means the key of that name in the agent'),
	row('IdentitiesOnly', yesOrNo, '`yes`: no other keys of the agent are offered'),
	row('IdentityAgent', one, 'the socket of the agent; `none` for no agent'),
	row('ProxyJump', hops, 'machines to go through, each with its own block, key and host key'),
	row('ProxyCommand', some, 'refused: say ProxyJump'),
	row('UserKnownHostsFile', some, 'where host keys are looked up; new ones go into the first'),
	row('GlobalKnownHostsFile', some, 'where host keys are looked up as well'),
	row('HashKnownHosts', yesOrNo, 'new host keys are written down under a hash of the name'),
	row('HostKeyAlias', one, 'the name under which the host key is looked up'),
	row(
		'StrictHostKeyChecking',
		oneOf('yes', 'no', 'off', 'true', 'false', 'ask', 'accept-new'),
		'`accept-new` counts as the choice of it; `no` and `off` never do: an unknown key is refused all the same',
	),
]);

/** What is wrong with a line of a keyword that we read. */
export function judgeLine({keyword, args}: Pick<SshLine, 'keyword' | 'args'>): string | undefined {
	return keywords[keyword]!.wrong(args);
}

/** `[user@]host[:port]` or `ssh://[user@]host[:port]`, `[…]` around an IPv6 address that has a port. */
export function parseHop(text: string): {user?: string; name: string; port?: number} | undefined {
	const bare = text.replace(/^ssh:\/\//, '').replace(/\/$/, '');
	const {
		user,
		bracketed,
		host,
		port: digits,
	} = /^(?:(?<user>[^@\s]+)@)?(?:\[(?<bracketed>[^\]\s]+)\]|(?<host>[^:@\s[\]]+|[^[\]@\s]*:[^[\]@\s]*:[^[\]@\s]*))(?::(?<port>\d{1,5}))?$/.exec(
		bare,
	)?.groups ?? {};
	const name = bracketed ?? host;
	if (name === undefined || (digits !== undefined && (Number(digits) < 1 || Number(digits) > 65535))) return undefined;
	return {name, ...(user === undefined ? {} : {user}), ...(digits === undefined ? {} : {port: Number(digits)})};
}
