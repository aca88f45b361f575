/** Finds the keys that an operator can prove to have: the key file of the config, else ssh-agent and the usual files. No passwords. */
import {readFileSync} from 'node:fs';
import {publicBlobOf} from './key-file.ts';
import {fingerprint} from './known-hosts.ts';
import type {AnyAuthMethod, ParsedKey} from './ssh.ts';
import {BaseAgent, createAgent, parseKey} from './ssh.ts';

export type Credential = {
	/** For error texts: fingerprint and where the key comes from. */
	readonly label: string;
	readonly method: (user: string) => AnyAuthMethod;
};

export type Credentials = {
	readonly all: readonly Credential[];
	/** Why a key that was asked for cannot be used. */
	readonly problems: readonly string[];
};

/** sshd gives up after six tries (MaxAuthTries), and counts each key that is offered. */
const mostAgentKeys = 5;
const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * `identityFile`: only that key is offered; when it is encrypted, ssh-agent must hold it. Without it: what the agent has, then the
 * usual files in `~/.ssh`. Reads and parses each file once; never throws, problems are told with the refusal that they lead to.
 */
export async function findCredentials(
	identityFile: string | undefined,
	places: {agent?: string | undefined; home: string},
): Promise<Credentials> {
	const agent = await agentKeys(places.agent);
	const files = identityFile === undefined ? usualFiles.map((name) => `${places.home}/.ssh/${name}`) : [identityFile];
	const found = files.map((file) => fromFile(file, agent.keys, identityFile !== undefined));
	const fromAgent = identityFile === undefined ? agent.keys.slice(0, mostAgentKeys) : [];
	const all = [...fromAgent, ...found.flatMap(({credential}) => credential ?? [])];
	const problems = [...agent.problems, ...found.flatMap(({problem}) => problem ?? [])];
	return {all: all.filter((one, index) => all.findIndex(({blob}) => blob.equals(one.blob)) === index), problems};
}

type Agent = ReturnType<typeof createAgent>;
type Held = Credential & {readonly blob: Buffer};

function fromFile(file: string, agent: readonly Held[], asked: boolean): {credential?: Held; problem?: string} {
	let text: Buffer;
	try {
		text = readFileSync(file);
	} catch (error) {
		return asked ? {problem: `the key file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`} : {};
	}
	const parsed = parseKey(text);
	const key = Array.isArray(parsed) ? parsed[0]! : parsed;
	if (!(key instanceof Error)) {
		if (!key.isPrivateKey()) return {problem: `${file} is a public key; name the private one`};
		const blob = key.getPublicSSH();
		return {
			credential: {blob, label: `${fingerprint(blob)} (${file})`, method: (username) => ({type: 'publickey', username, key})},
		};
	}
	const blob = publicBlobOf(text, file);
	const held = blob && agent.find((one) => one.blob.equals(blob));
	if (held) return {credential: held};
	if (!/encrypted/i.test(key.message))
		return asked ? {problem: `${file} is no private key that can be read (${key.message})`} : {};
	return {problem: `the key file ${file} is encrypted and ssh-agent does not hold it (ssh-add ${file})`};
}

async function agentKeys(socket: string | undefined): Promise<{keys: Held[]; problems: string[]}> {
	if (socket === undefined || socket === '') return {keys: [], problems: []};
	const agent = createAgent(socket);
	const listed = await new Promise<ParsedKey[] | Error>((resolve) => {
		agent.getIdentities((error, keys) => resolve(error ?? (keys as ParsedKey[] | undefined) ?? []));
	});
	if (listed instanceof Error) return {keys: [], problems: [`ssh-agent at ${socket} does not answer (${listed.message})`]};
	const keys = listed.map((key) => {
		const blob = key.getPublicSSH();
		const method = (username: string): AnyAuthMethod => ({
			type: 'agent',
			username,
			agent: new OneKey(agent, key) as unknown as Agent,
		});
		return {blob, label: `${fingerprint(blob)} (ssh-agent)`, method};
	});
	return {keys, problems: []};
}

/** An agent that shows one of its keys: the library would offer them all, and the server count them. */
class OneKey extends (BaseAgent as new () => object) {
	readonly #agent: Agent;
	readonly #key: ParsedKey;
	constructor(agent: Agent, key: ParsedKey) {
		super();
		this.#agent = agent;
		this.#key = key;
	}
	getIdentities(done: (error: undefined, keys: ParsedKey[]) => void): void {
		done(undefined, [this.#key]);
	}
	sign(...args: Parameters<Agent['sign']>): void {
		this.#agent.sign(...args);
	}
}
