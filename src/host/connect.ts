/** Connects to all machines of a cluster at once, and says everything that is in the way at once. */
import {homedir} from 'node:os';
import {env} from 'node:process';
import {type Hop, routeTo} from '../cluster/route.ts';
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted, KubestrapError} from '../errors.ts';
import type {Cluster, Host, Hosts, NodeSpec, Tell} from '../model.ts';
import {keyRing} from './credentials.ts';
import {type DialOptions, dial} from './dial.ts';
import {type Gates, gates} from './gates.ts';
import {localHost} from './local.ts';
import {remoteHost} from './remote.ts';
import {slots} from './slots.ts';
import {agentFor, pathFor} from './ssh-paths.ts';
import {trustIn} from './trust.ts';

export type ConnectOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Asked at most once, and only when some sudo wants a password. */
	readonly sudoPassword?: (() => Promise<string>) | undefined;
	/** Unknown host keys are accepted and written to known_hosts. Wrong ones never are. */
	readonly acceptNewHostKeys?: boolean | undefined;
	/** Asked at most once, and only when a key file is encrypted and no agent holds it. */
	readonly passphrase?: (() => Promise<string>) | undefined;
	/** Told what of the ssh config is left out, and which machine drops connections. */
	readonly tell?: Tell | undefined;
	/** How many machines are connected to at a time. */
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
	const tell = (detail: string) => options.tell?.({type: 'note', detail});
	const context = {
		...options,
		home: options.home ?? homedir(),
		sudoPassword: options.sudoPassword && once(options.sudoPassword),
		keys: keyRing({passphrase: options.passphrase && once(options.passphrase)}),
		gates: gates(),
		busy: onceEach((hop) => tell(`${hop.name}: sshd drops connections (MaxStartups), it is asked again`)),
	};
	for (const note of cluster.sshConfig?.notes ?? []) tell(note);
	const results = await Promise.allSettled(
		cluster.nodes.map(async (node) => {
			const give = await places.take(options.signal);
			try {
				return await reach(node, cluster, context);
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

type Context = ConnectOptions & {
	readonly home: string;
	readonly keys: ReturnType<typeof keyRing>;
	readonly gates: Gates;
	readonly busy: (hop: Hop) => void;
};

/** One machine: over SSH, or this one. Throws ConnectError. */
async function reach(node: NodeSpec, cluster: Cluster, context: Context): Promise<Host> {
	const name = keyOf(node);
	const {signal, sudoPassword, home, keys, gates, busy} = context;
	if (node.via === 'local') return localHost(name, {sudoPassword, signal});
	const {hops, problems} = routeTo(node, cluster);
	if (problems.length > 0) throw new ConnectError(name, problems.join('; '), {hint: 'mend the config, or the ssh config'});
	const usualAgent = context.agent ?? env.SSH_AUTH_SOCK ?? '';
	const dialling: DialOptions = {
		credentials: async (hop) =>
			keys({
				files: hop.keyFiles.filter((file) => file !== 'none').map((file) => pathFor(file, hop, home)),
				only: hop.onlyThese,
				agent: agentFor(hop, usualAgent, home),
				home,
			}),
		trust: (hop) => trustIn(hop, home),
		gates,
		busy,
		...(context.acceptNewHostKeys && {acceptNew: true}),
		...(context.times && {times: context.times}),
	};
	return remoteHost(name, {
		dial: (given) => dial(hops, {...dialling, ...(given && {signal: given})}),
		sudoPassword,
		signal,
		reconnectMs: context.reconnectMs ?? 60_000,
	});
}

/** Told once per address. */
function onceEach(say: (hop: Hop) => void): (hop: Hop) => void {
	const said = new Set<string>();
	return (hop) => {
		const address = `${hop.host} ${hop.port}`;
		if (!said.has(address)) say(hop);
		said.add(address);
	};
}

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
