/** Connects to all machines of a cluster at once, and says everything that is in the way at once. */
import {homedir} from 'node:os';
import {env} from 'node:process';
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted, KubestrapError} from '../errors.ts';
import type {Cluster, Host, Hosts, NodeSpec} from '../model.ts';
import {type Credentials, findCredentials} from './credentials.ts';
import {type DialOptions, dial} from './dial.ts';
import type {Hop} from './hop.ts';
import {localHost} from './local.ts';
import {remoteHost} from './remote.ts';
import {slots} from './slots.ts';
import {trustIn, writeDown} from './trust.ts';

export type ConnectOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Asked at most once, and only when some sudo wants a password. */
	readonly sudoPassword?: (() => Promise<string>) | undefined;
	/** Unknown host keys are accepted and written to known_hosts. Wrong ones never are. */
	readonly acceptNewHostKeys?: boolean | undefined;
	/** How many handshakes run at a time: a bastion starts to drop them at ten (MaxStartups). */
	readonly concurrency?: number;
	/** Milliseconds to try for when a lost line must be opened anew. */
	readonly reconnectMs?: number;
	readonly times?: DialOptions['times'];
	/** Where keys and known_hosts are looked for; for tests. */
	readonly home?: string;
	readonly agent?: string;
};

/**
 * A Host per node, by `keyOf(spec)`. All or nothing: when a machine cannot be used, the others are closed again and one ConnectError
 * names every machine with cause and remedy.
 */
export async function connect(cluster: Cluster, options: ConnectOptions = {}): Promise<Hosts> {
	const places = slots(options.concurrency ?? 8);
	const context = {
		...options,
		home: options.home ?? homedir(),
		sudoPassword: options.sudoPassword && once(options.sudoPassword),
		keys: new Map(),
	};
	const results = await Promise.allSettled(
		cluster.nodes.map(async (node) => {
			const give = await places.take(options.signal);
			try {
				return await reach(node, context);
			} finally {
				give();
			}
		}),
	);
	const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
	const hosts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
	if (failures.length === 0) return new Map(hosts.map((host) => [host.name, host]));
	await Promise.all(hosts.map((host) => host.close()));
	if (options.signal?.aborted) throw options.signal.reason instanceof KubestrapError ? options.signal.reason : new Interrupted();
	throw together(failures, cluster.nodes.length);
}

type Context = ConnectOptions & {readonly home: string; readonly keys: Map<string, Promise<Credentials>>};

/** One machine: over SSH, or this one. Throws ConnectError. */
async function reach(node: NodeSpec, context: Context): Promise<Host> {
	const name = keyOf(node);
	const {signal, sudoPassword, home} = context;
	if (node.via === 'local') return localHost(name, {sudoPassword, signal});
	const {access} = node;
	const target: Hop = {user: access.user, host: node.address, port: access.port};
	const hops = [...access.jump.map((text) => parseHop(name, text)), target];
	const knownHosts = access.knownHosts && atHome(access.knownHosts, home);
	const dialling: DialOptions = {
		credentials: await credentials(access.identityFile && atHome(access.identityFile, home), context),
		// The pin is the node's: a jump host must be in known_hosts.
		trust: (hop) => trustIn(hop, {hostKey: hop === target ? access.hostKey : undefined, knownHosts, home}),
		...(context.acceptNewHostKeys && {acceptNew: writeDown}),
		...(context.times && {times: context.times}),
	};
	return remoteHost(name, {
		dial: (given) => dial(hops, {...dialling, ...(given && {signal: given})}),
		sudoPassword,
		signal,
		reconnectMs: context.reconnectMs ?? 60_000,
	});
}

/** Each key file is read once for all nodes: parsing a key is slow work that blocks. */
function credentials(identityFile: string | undefined, {keys, home, agent}: Context): Promise<Credentials> {
	const of = identityFile ?? '';
	const found = keys.get(of) ?? findCredentials(identityFile, {agent: agent ?? env.SSH_AUTH_SOCK, home});
	keys.set(of, found);
	return found;
}

/** `user@host[:port]`, `[…]` around an IPv6 address with a port. */
function parseHop(name: string, text: string): Hop {
	const {user, bracketed, host, port} =
		/^(?<user>[^@]+)@(?:\[(?<bracketed>[^\]]+)\]|(?<host>[^:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(?<port>\d+))?$/.exec(text)?.groups ??
		{};
	const address = bracketed ?? host;
	if (user === undefined || address === undefined)
		throw new ConnectError(name, `the jump host "${text}" is not user@host[:port]`, {hint: 'write it so in spec.ssh.jump'});
	return {user, host: address, port: Number(port ?? 22)};
}

const atHome = (path: string, home: string) => (path.startsWith('~/') ? `${home}${path.slice(1)}` : path);

function once<T>(ask: () => Promise<T>): () => Promise<T> {
	let answer: Promise<T> | undefined;
	return () => {
		answer ??= ask();
		return answer;
	};
}

function together(failures: readonly unknown[], nodes: number): unknown {
	const other = failures.find((failure) => !(failure instanceof ConnectError));
	if (other !== undefined) return other;
	const errors = failures as ConnectError[];
	const [first] = errors;
	if (errors.length === 1) return first;
	const lines = errors.map((error) => `  ${error.message}\n    ${error.hint}`);
	return new ConnectError(`${errors.length} of ${nodes} machines`, `cannot be used\n${lines.join('\n')}`, {
		hint: 'nothing was changed on any machine',
		cause: new AggregateError(errors),
	});
}
