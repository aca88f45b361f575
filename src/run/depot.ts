/** Each byte crosses the operator's line once: to one node, from which the others take it. */
import {ConnectError, TransportError} from '../errors.ts';
import type {Host, Site, Tell} from '../model.ts';
import {closeScript, serveScript, shareScript, startScript, takeScript, weighScript} from './depot-scripts.ts';
import {type Artifacts, held, send, type Wanted} from './send.ts';
import type {Throttle} from './throttle.ts';
import {Turns} from './turns.ts';

export type Depot = {
	/**
	 * Lays the first of these, and those of the others that have come to the depot by then, where the node's program looks for them; `alone` cannot
	 * go this way. The list may grow meanwhile. Throws what the source of the first one's bytes throws.
	 */
	bring(host: Host, queue: readonly Wanted[]): Promise<Brought>;
	/** Ends the serving. `keep`: what came so far stays for the next run. Never rejects. */
	close(keep: boolean): Promise<void>;
};

export type Brought = {readonly brought: readonly Wanted[]; readonly alone: readonly Wanted[]};
export type Member = {readonly site: Site; readonly host: Host};

export type DepotOptions = {
	readonly artifacts: Artifacts;
	readonly throttle: Throttle;
	readonly tell: Tell;
	readonly signal?: AbortSignal | undefined;
};

/** Tried in this order: a firewall between the nodes can let the first one through; the others are for machines where it is taken. */
export const ports = [10261, 10262, 10263, 10264];

type Seat = Member & {
	readonly port: number;
	/** What is there, or on its way there. */
	readonly held: Map<string, Promise<unknown>>;
	/** What is there whole. */
	readonly ready: Set<string>;
};

/** Two streams fill a line; more only make each artifact arrive later. */
const sendsAtOnce = 2;

export class LineOnce implements Depot {
	readonly #members: readonly Member[];
	readonly #options: DepotOptions;
	readonly #dead = new Set<Host>();
	readonly #alone = new Set<Host>();
	readonly #sends = new Turns(sendsAtOnce);
	#seat: Promise<Seat | undefined> | undefined;

	constructor(members: readonly Member[], options: DepotOptions) {
		this.#members = members;
		this.#options = options;
	}

	async bring(host: Host, queue: readonly Wanted[]): Promise<Brought> {
		for (;;) {
			this.#seat ??= this.#choose(host);
			const finding = this.#seat;
			const seat = await finding;
			if (seat === undefined || this.#alone.has(host)) return {brought: [], alone: [...queue]};
			try {
				for (const wanted of queue) this.#hold(seat, wanted, host).catch(() => {});
				await this.#hold(seat, queue[0]!, host);
			} catch (error) {
				// The one that all take from is dead: another one takes its place, and what was sent so far is sent again.
				if (!(error instanceof ConnectError) || this.#options.signal?.aborted || seat.host === host) throw error;
				this.#lose(seat, finding, error);
				continue;
			}
			const brought = queue.filter(({locked}) => seat.ready.has(locked.sha256));
			const fetch = () => (seat.host === host ? this.#share(seat, brought) : this.#take(host, seat, brought));
			if (await fetch()) return {brought, alone: []};
			if (!(await this.#serves(seat))) {
				this.#lose(seat, finding, new Error('it does not answer any more'));
				continue;
			}
			if (await fetch()) return {brought, alone: []};
			this.#alone.add(host);
			const detail = `${host.name} cannot take files from ${seat.site.name} (port ${seat.port}): it gets them over your line. A firewall between them?`;
			this.#options.tell({type: 'note', node: host.name, detail});
		}
	}

	async close(keep: boolean): Promise<void> {
		if (this.#seat === undefined && keep) return;
		const words = ['sh', '-c', closeScript, 'sh', keep ? 'keep' : 'drop'];
		await Promise.allSettled(this.#members.map(({host}) => host.exec(words, {deadline: 30_000})));
	}

	/** The machine that has most already, from a run that did not end; else the one that asked first. */
	async #choose(asking: Host): Promise<Seat | undefined> {
		const weighed = await Promise.all(
			this.#members
				.filter(({host}) => !this.#dead.has(host))
				.map(async (member) => {
					const output = await this.#exec(member.host, [weighScript]).catch(() => undefined);
					return {member, bytes: output?.code === 0 ? Number(output.stdout) : -1};
				}),
		);
		const rank = ({member, bytes}: (typeof weighed)[number]) => bytes + (member.host === asking ? 0.5 : 0);
		const able = weighed.filter(({bytes}) => bytes >= 0).sort((one, other) => rank(other) - rank(one));
		for (const {member} of able) {
			for (const port of ports) {
				const {code} = await this.#start(member, port);
				if (code !== 0) continue;
				const {address, name} = member.site;
				const detail = `everything goes to ${name} once; the others take it from ${address} port ${port}`;
				this.#options.tell({type: 'note', detail});
				return {...member, port, held: new Map(), ready: new Set()};
			}
		}
		this.#options.tell({type: 'note', detail: 'no node can hand files to the others: each gets its own over your line'});
		return undefined;
	}

	/** Opens the socket, or finds it open. Never rejects. */
	async #start({site, host}: Member, port: number): Promise<{code: number}> {
		const addresses = this.#members.flatMap((other) => [
			other.site.address,
			...other.site.facts.addresses.map(({address}) => address),
		]);
		const allowed = [...new Set(addresses)].filter((address) => !/^(?:127\.|::1$|fe80:)/i.test(address));
		return this.#exec(host, [startScript, site.address, String(port), ...allowed], serveScript).catch(() => ({code: -1}));
	}

	async #serves(seat: Seat): Promise<boolean> {
		return (await this.#start(seat, seat.port)).code === 0;
	}

	/** On the seat, whole and compared with its digest; sent once. What control planes wait for goes first: everybody else waits for them. */
	#hold(seat: Seat, wanted: Wanted, asking: Host): Promise<unknown> {
		const {sha256} = wanted.locked;
		const {artifacts, throttle, tell, signal} = this.#options;
		const urgent = this.#members.find(({host}) => host === asking)?.site.role === 'control-plane';
		const work = async () => {
			const give = await this.#sends.take(sha256, urgent);
			try {
				signal?.throwIfAborted();
				const there = await held(seat.host, 'depot', sha256, signal);
				if (there === 'whole') return void seat.ready.add(sha256);
				const {host, site} = seat;
				const offset = Math.min(there, wanted.locked.size);
				await send({...wanted, offset}, {host, folder: 'depot', artifacts, throttle, tell, node: site.name, signal});
				seat.ready.add(sha256);
			} finally {
				give();
			}
		};
		if (urgent) this.#sends.hurry(sha256);
		const known = seat.held.get(sha256) ?? work();
		seat.held.set(sha256, known);
		return known;
	}

	async #share(seat: Seat, some: readonly Wanted[]): Promise<boolean> {
		return (await this.#exec(seat.host, [shareScript, ...some.map(({locked}) => locked.sha256)])).code === 0;
	}

	async #take(host: Host, seat: Seat, some: readonly Wanted[]): Promise<boolean> {
		const {downloader = 'none'} = this.#members.find((member) => member.host === host)?.site.facts ?? {};
		const files = some.flatMap(({locked: {sha256, size}}) => [sha256, String(size)]);
		const words = [takeScript, seat.site.address, String(seat.port), downloader, ...files];
		for (;;) {
			try {
				return (await this.#exec(host, words, '', 2 * 60 * 60_000)).code === 0;
			} catch (error) {
				// A new line is opened by the next command, for as long as the machine may take to come back; then it is a ConnectError.
				if (!(error instanceof TransportError) || this.#options.signal?.aborted) throw error;
			}
		}
	}

	#lose(seat: Seat, finding: Promise<Seat | undefined>, {message}: Error): void {
		this.#dead.add(seat.host);
		// Whoever comes later with the same news has nothing to add.
		if (this.#seat !== finding) return;
		this.#seat = undefined;
		this.#options.tell({
			type: 'note',
			node: seat.site.name,
			detail: `nobody can take files from it any more: ${message.split('\n')[0]}`,
		});
	}

	#exec(host: Host, [script = '', ...args]: readonly string[], stdin = '', deadline = 30_000) {
		const {signal} = this.#options;
		return host.exec(['sh', '-c', script, 'sh', ...args], {deadline, stdin, ...(signal ? {signal} : {})});
	}
}
