import {KubestrapError} from '../errors.ts';
import type {Host, Tell} from '../model.ts';
import type {Depot} from './depot.ts';
import {type Artifacts, send, type Wanted} from './send.ts';
import {type Throttle, throttle} from './throttle.ts';

export type {Wanted} from './send.ts';

/** Two streams fill a line; more only make each artifact arrive later. */
const atOnce = 2;

/** `sh -c refuseScript sh SHA256`, the reason on stdin: the program need not wait any longer. */
const refuseScript = `set -uf; umask 077; cd /var/lib/kubestrap/artifacts || exit 73
cat >"$1.no.new" && mv "$1.no.new" "$1.no"`;

type Options = {
	readonly artifacts: Artifacts;
	readonly tell: Tell;
	readonly signal?: AbortSignal | undefined;
	/** Where nodes take from each other what came over the operator's line once. Absent: each gets its own. */
	readonly depot?: Depot | undefined;
	readonly throttle?: Throttle | undefined;
};

/** Brings artifacts to a node that cannot download them, in the order in which its program asks for them. */
export class Bringer {
	readonly #queue: Wanted[] = [];
	readonly #asked = new Set<string>();
	readonly #host: Host;
	readonly #node: string;
	readonly #options: Options;
	#busy = 0;

	constructor(host: Host, node: string, options: Options) {
		this.#host = host;
		this.#node = node;
		this.#options = options;
	}

	want(wanted: Wanted): void {
		if (this.#asked.has(wanted.locked.sha256)) return;
		this.#asked.add(wanted.locked.sha256);
		this.#queue.push(wanted);
		const {depot} = this.#options;
		if (depot === undefined) this.#next();
		else if (this.#busy === 0) void this.#fetch(depot);
	}

	/** One journey at a time: what has come to the depot meanwhile goes along with the next. Never rejects. */
	async #fetch(depot: Depot): Promise<void> {
		this.#busy = 1;
		const queue = this.#queue;
		const done = (some: readonly Wanted[]) => {
			for (const wanted of some) queue.splice(queue.indexOf(wanted), 1);
		};
		for (let [first] = queue; first !== undefined; [first] = queue) {
			try {
				const {brought, alone} = await depot.bring(this.#host, queue);
				done(brought);
				for (const wanted of alone) await this.#bring(wanted);
				done(alone);
			} catch (error) {
				await this.#refuse(first, error);
				done([first]);
			}
		}
		this.#busy = 0;
	}

	#next(): void {
		const wanted = this.#busy < atOnce ? this.#queue.shift() : undefined;
		if (wanted === undefined) return;
		this.#busy += 1;
		const next = () => {
			this.#busy -= 1;
			this.#next();
		};
		this.#bring(wanted).then(next, next);
		this.#next();
	}

	/** Over the operator's line. Never rejects: what went wrong is told to the program, whose step then fails with it. */
	async #bring(wanted: Wanted): Promise<void> {
		const {artifacts, tell, signal, throttle: line = throttle(undefined)} = this.#options;
		try {
			const place = {host: this.#host, node: this.#node, folder: 'artifacts'} as const;
			await send(wanted, {...place, artifacts, throttle: line, tell, signal});
		} catch (error) {
			await this.#refuse(wanted, error);
		}
	}

	async #refuse({artifact, locked}: Wanted, error: unknown): Promise<void> {
		const {signal} = this.#options;
		const hint = error instanceof KubestrapError ? `\n${error.hint}` : '';
		const stdin = `${artifact}: ${error instanceof Error ? error.message : String(error)}${hint}\n`;
		const words = ['sh', '-c', refuseScript, 'sh', locked.sha256];
		await this.#host.exec(words, {deadline: 30_000, stdin, ...(signal ? {signal} : {})}).catch(() => {});
	}
}
