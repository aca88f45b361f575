/** The second look: all machines at once, one exec each, in step with each other. */
import {randomBytes} from 'node:crypto';
import type {Between} from '../checks/between-facts.ts';
import {errandsFor, isFresh} from '../checks/errands.ts';
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted, TransportError} from '../errors.ts';
import type {Cluster, Host, Hosts, Site} from '../model.ts';
import {betweenScript} from './between-script.ts';
import {FrameError, readFrames} from './frames.ts';

const deadline = 90_000;
const limit = 16 * 1024 * 1024;

export type BetweenOptions = {readonly signal?: AbortSignal; readonly offline?: boolean};

/**
 * Asks what machines are for each other: ports, packets, disks, places that things come from. Undefined when there is no machine that Kubernetes has
 * not begun on: what lives is not tried. Throws ConnectError as the survey does.
 */
export async function between(
	cluster: Cluster,
	sites: readonly Site[],
	hosts: Hosts,
	{signal, offline = false}: BetweenOptions = {},
): Promise<Between | undefined> {
	if (!sites.some(isFresh)) return undefined;
	const {args, ...asked} = errandsFor(cluster, sites, {offline});
	const busy = sites.filter(({name}) => args.get(name)!.some((item) => !/^(?:self|mtu|rules)=/.test(item)));
	const steps = [gate(busy.length), gate(busy.length)];
	const results = await Promise.allSettled(
		busy.map(async (site) => {
			const host = hosts.get(keyOf(site.spec));
			if (host === undefined) throw new Error(`no connection to ${keyOf(site.spec)}`);
			return [site.name, await askOne(host, args.get(site.name)!, steps, signal)] as const;
		}),
	);
	const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
	if (failed.length > 0) throw signal?.aborted ? new Interrupted() : failed[0];
	return {...asked, told: new Map(results.map((result) => (result as PromiseFulfilledResult<readonly [string, Told]>).value))};
}

type Told = Readonly<Record<string, string>>;

/** Opens when all have come, or cannot come any more. */
type Gate = {readonly come: () => void; readonly open: Promise<void>};

function gate(count: number): Gate {
	const {promise, resolve} = Promise.withResolvers<void>();
	let missing = count;
	const come = () => {
		missing -= 1;
		if (missing <= 0) resolve();
	};
	return {come, open: promise};
}

async function askOne(
	host: Host,
	args: readonly string[],
	steps: readonly Gate[],
	signal: AbortSignal | undefined,
): Promise<Told> {
	const nonce = randomBytes(12).toString('hex');
	const chunks: Buffer[] = [];
	let size = 0;
	const words = ['ready', 'asked'].map((word) => `${word} ${nonce}\n`);
	let at = 0;
	const pass = (until: number) => {
		for (; at < until; at++) steps[at]!.come();
	};
	const stop = new AbortController();
	const onStdout = (chunk: Buffer) => {
		size += chunk.length;
		if (size > limit) return stop.abort();
		chunks.push(chunk);
		// The two words come before anything that is long.
		while (at < words.length && Buffer.concat(chunks).includes(words[at]!)) pass(at + 1);
	};
	async function* go() {
		for (const {open} of steps) {
			await open;
			yield Buffer.from('go\n');
		}
	}
	const signals = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
	try {
		const argv = ['sh', '-c', betweenScript, 'between', nonce, ...args];
		const {code, stderr} = await host.exec(argv, {deadline, signal: signals, onStdout, stdin: go()});
		if (code !== 0) {
			const last = stderr.trim().split('\n').at(-1)?.slice(0, 300) || 'no message';
			const hint = 'the machine needs sh, coreutils and a writable /run';
			throw new ConnectError(host.name, `its look at the others ended with exit code ${code}: ${last}`, {hint});
		}
		const frames = readFrames(Buffer.concat(chunks), nonce);
		const parts = [...frames].filter(([name]) => name.startsWith('out/'));
		return Object.fromEntries(parts.map(([name, bytes]) => [name.slice(4), bytes.toString('utf8')]));
	} catch (cause) {
		if (size > limit) throw new TransportError(host.name, `its look at the others answered more than ${limit} bytes`, {cause});
		if (!(cause instanceof FrameError)) throw cause;
		throw new TransportError(host.name, `its look at the others came damaged: ${cause.message}`, {hint: 'run it again', cause});
	} finally {
		// Nobody waits for one that is gone.
		pass(words.length);
	}
}
