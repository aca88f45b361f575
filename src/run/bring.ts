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
		this.#next();
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

	/** Never rejects: what went wrong is told to the program, whose step then fails with it. */
	async #bring(wanted: Wanted): Promise<void> {
		const {artifacts, depot, tell, signal, throttle: line = throttle(undefined)} = this.#options;
		const [host, node] = [this.#host, this.#node];
		try {
			if (await depot?.bring(host, wanted)) return;
			await send(wanted, {host, folder: 'artifacts', artifacts, throttle: line, tell, node, signal});
		} catch (error) {
			const hint = error instanceof KubestrapError ? `\n${error.hint}` : '';
			const stdin = `${wanted.artifact}: ${error instanceof Error ? error.message : String(error)}${hint}\n`;
			const words = ['sh', '-c', refuseScript, 'sh', wanted.locked.sha256];
			await host.exec(words, {deadline: 30_000, stdin, ...(signal ? {signal} : {})}).catch(() => {});
		}
	}
}
