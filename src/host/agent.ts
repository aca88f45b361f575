/** The keys that ssh-agent holds, one by one. */
import {fingerprint} from './known-hosts.ts';
import type {AnyAuthMethod, ParsedKey} from './ssh.ts';
import {BaseAgent, createAgent} from './ssh.ts';

export type Credential = {
	/** For error texts: fingerprint and where the key comes from. */
	readonly label: string;
	readonly method: (user: string) => AnyAuthMethod;
};
/** A key that can be used, with its public half as it travels on the wire. */
export type Held = Credential & {readonly blob: Buffer};
export type AgentKeys = {readonly keys: readonly Held[]; readonly problem?: string};

type Agent = ReturnType<typeof createAgent>;

/** An agent lists its keys at once; one that hangs (a smart card that waits for its PIN) must not hang us. */
const patienceMs = 10_000;

/** Asks the agent at a socket; an empty one means that there is none. Never throws: that an agent is gone is told with the refusal that it leads to. */
export async function agentKeys(socket: string): Promise<AgentKeys> {
	if (socket === '') return {keys: []};
	const agent = createAgent(socket);
	const listed = await new Promise<ParsedKey[] | Error>((resolve) => {
		const timer = setTimeout(() => resolve(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs);
		agent.getIdentities((error, keys) => {
			clearTimeout(timer);
			resolve(error ?? (keys as ParsedKey[] | undefined) ?? []);
		});
	});
	if (listed instanceof Error) {
		return {
			keys: [],
			problem: `ssh-agent at ${socket} does not answer (${listed.message}): is it gone? start one and add the key (eval $(ssh-agent); ssh-add), or name a key file`,
		};
	}
	return {keys: listed.map((key) => held(agent, key))};
}

function held(agent: Agent, key: ParsedKey): Held {
	const blob = key.getPublicSSH();
	const method = (username: string): AnyAuthMethod => ({
		type: 'agent',
		username,
		agent: new OneKey(agent, key) as unknown as Agent,
	});
	return {blob, label: `${fingerprint(blob)} (ssh-agent)`, method};
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
