/** Paths as they stand in an ssh config: `~`, tokens (ssh_config(5), TOKENS) and variables filled in. */
import {hostname, userInfo} from 'node:os';
import {env} from 'node:process';
import type {Hop} from '../cluster/route.ts';
import {fill} from '../cluster/ssh-host.ts';
import {Unreachable} from './unreachable.ts';

/** The path that is meant for this machine. Throws Unreachable for a variable that is not set. */
export function pathFor(path: string, hop: Hop, home: string): string {
	const text = path.replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? unset(path, name));
	const filled = fill(text, {
		'%': '%',
		d: home,
		h: hop.host,
		i: String(userInfo().uid),
		k: hop.ssh.hostKeyAlias ?? hop.name,
		L: hostname().replace(/\..*$/, ''),
		l: hostname(),
		n: hop.name,
		p: String(hop.port),
		r: hop.user,
		u: userInfo().username,
	});
	return filled.replace(/^~(?=\/|$)/, home);
}

/** The agent's socket: what IdentityAgent says, else `usual`. Empty: no agent is asked. */
export function agentFor(hop: Hop, usual: string, home: string): string {
	const said = hop.ssh.identityAgent;
	if (said === undefined || said === 'SSH_AUTH_SOCK') return usual;
	if (said.toLowerCase() === 'none') return '';
	const [, name] = /^\$(\w+)$/.exec(said) ?? [];
	return name === undefined ? pathFor(said, hop, home) : (env[name] ?? unset(said, name));
}

function unset(path: string, name: string): never {
	throw new Unreachable(`the ssh config says ${path}, but the variable ${name} is not set`, {
		hint: `export ${name}, or write the path`,
		mends: 'never',
	});
}
