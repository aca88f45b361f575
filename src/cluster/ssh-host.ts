/** What an ssh config says about one machine. Pure. */
import type {SshLine} from '../model.ts';
import {only} from './nodes.ts';

export type SshHost = {
	/** Where to connect to: HostName with its tokens filled in, else the name itself; small letters. */
	readonly hostName: string;
	readonly user?: string;
	readonly port?: number;
	/** As they are written: `~`, tokens and variables are filled in where the files are opened. */
	readonly identityFiles: readonly string[];
	readonly identitiesOnly: boolean;
	readonly identityAgent?: string;
	readonly userKnownHosts?: Told;
	readonly globalKnownHosts?: readonly string[];
	readonly hashKnownHosts: boolean;
	readonly hostKeyAlias?: string;
	readonly strict?: Told;
	/** Hops as they are written, first hop first; an empty list: `none` was said. */
	readonly jump?: readonly string[];
	readonly proxyCommand?: Told;
};
/** Words, and where they stand. */
export type Told = {readonly words: readonly string[]; readonly file: string; readonly line: number};

/** Answers of one config: with hundreds of nodes each is asked for often. */
const known = new WeakMap<readonly SshLine[], Map<string, SshHost>>();

/** The first declaration of a keyword counts, as for OpenSSH; only IdentityFile adds up. `name` is what was asked for. */
export function sshHost(lines: readonly SshLine[], name: string): SshHost {
	const answers = known.get(lines) ?? new Map<string, SshHost>();
	known.set(lines, answers);
	const answer = answers.get(name) ?? lookUp(lines, name);
	answers.set(name, answer);
	return answer;
}

function lookUp(lines: readonly SshLine[], name: string): SshHost {
	const mine = lines.filter(({hosts}) => hosts.every((patterns) => fits(patterns, name)));
	const told = (keyword: string): Told | undefined => {
		const found = mine.find((line) => line.keyword === keyword);
		return found && {words: found.args, file: found.file, line: found.line};
	};
	const word = (keyword: string) => told(keyword)?.words[0];
	const isYes = (keyword: string) => ['yes', 'true'].includes(word(keyword)?.toLowerCase() ?? 'no');
	// ProxyJump and ProxyCommand compete: the first one of either keeps the other out, but for a ProxyJump that says none.
	const proxy = mine.find(({keyword}) => keyword === 'proxyjump' || keyword === 'proxycommand');
	const jump = proxy?.keyword === 'proxyjump' ? proxy.args[0]! : undefined;
	const isNone = (text: string | undefined) => text?.toLowerCase() === 'none';
	const command = jump === undefined || isNone(jump) ? told('proxycommand') : undefined;
	const files = mine.filter(({keyword}) => keyword === 'identityfile').map(({args}) => args[0]!);
	const port = word('port');
	return {
		hostName: fill(word('hostname') ?? name, {'%': '%', h: name}).toLowerCase(),
		...only({user: word('user'), port: port === undefined ? undefined : Number(port)}),
		identityFiles: [...new Set(files)],
		identitiesOnly: isYes('identitiesonly'),
		hashKnownHosts: isYes('hashknownhosts'),
		...only({
			identityAgent: word('identityagent'),
			userKnownHosts: told('userknownhostsfile'),
			globalKnownHosts: told('globalknownhostsfile')?.words,
			hostKeyAlias: word('hostkeyalias'),
			strict: told('stricthostkeychecking'),
			proxyCommand: isNone(command?.words[0]) ? undefined : command,
			jump: jump === undefined ? undefined : isNone(jump) ? [] : jump.split(','),
		}),
	};
}

/** Fills `%x` in. A token that is not in the table stays as it is. */
export function fill(text: string, tokens: Readonly<Record<string, string>>): string {
	return text.replace(/%(.)/g, (whole, sign: string) => tokens[sign] ?? whole);
}

/** A pattern list of Host: a fit behind `!` rules the block out, whatever else fits. */
function fits(patterns: readonly string[], name: string): boolean {
	const hit = (pattern: string) => wildcard(pattern).test(name);
	if (patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1)))) return false;
	return patterns.some((pattern) => !pattern.startsWith('!') && hit(pattern));
}

function wildcard(pattern: string): RegExp {
	const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (sign) => (sign === '*' ? '.*' : sign === '?' ? '.' : `\\${sign}`));
	return new RegExp(`^${source}$`, 's');
}
