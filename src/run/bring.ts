import {createReadStream} from 'node:fs';
import {KubestrapError, TransportError} from '../errors.ts';
import type {Host, LockedBinary, Tell} from '../model.ts';

/** Two streams fill a line; more only make each artifact arrive later. */
const atOnce = 2;

const opening = 'set -uf; umask 077; cd /var/lib/kubestrap/artifacts || exit 73\n';
/**
 * `sh -c sizeScript sh SHA256`: how much of it is there. Who still writes to it from behind a lost line is ended first; not whoever has got
 * its number since, after a reboot for example.
 */
const sizeScript = `${opening}pid=$(cat "$1.pid" 2>/dev/null)
case $(readlink "/proc/$pid/fd/1") in */"$1.part") kill -9 "$pid" 2>/dev/null ;; esac
stat -c %s "$1.part" 2>/dev/null || echo 0`;
/** `sh -c bringScript sh SHA256 OFFSET SIZE`, the rest of the bytes on stdin. The program checks the digest before it uses them. */
const bringScript = `${opening}[ "$(stat -c %s "$1.part" 2>/dev/null || echo 0)" = "$2" ] || exit 66
exec 3<&0
cat <&3 >>"$1.part" &
echo $! >"$1.pid"
wait $! || { rm -f "$1.part"; exit 74; }
rm -f "$1.pid"
[ "$(stat -c %s "$1.part")" = "$3" ] || exit 65
mv "$1.part" "$1"`;
/** `sh -c refuseScript sh SHA256`, the reason on stdin: the program need not wait any longer. */
const refuseScript = `${opening}cat >"$1.no.new" && mv "$1.no.new" "$1.no"`;

export type Wanted = {readonly artifact: string; readonly locked: LockedBinary; readonly offset: number};

type Options = {
	readonly artifacts: (key: string) => Promise<{readonly path: string}>;
	readonly tell: Tell;
	readonly signal?: AbortSignal | undefined;
};

/** Brings artifacts to a node that has no downloader, in the order in which its program asks for them. */
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
	}

	/** Never rejects: what went wrong is told to the program, whose step then fails with it. */
	async #bring({artifact, locked, offset}: Wanted): Promise<void> {
		const {artifacts, signal} = this.#options;
		const exec = {deadline: 30_000, ...(signal ? {signal} : {})};
		try {
			const {path} = await artifacts(artifact);
			for (let start = offset; ; ) {
				try {
					const stdin = this.#counted(artifact, path, {start, size: locked.size});
					const words = ['sh', '-c', bringScript, 'sh', locked.sha256, String(start), String(locked.size)];
					const {code, stderr} = await this.#host.exec(words, {...exec, stdin, deadline: 60 * 60_000});
					if (code === 0) return;
					if (code !== 66) throw new Error(`it did not arrive whole (exit ${code}): ${stderr.trim() || 'is the disk full?'}`);
				} catch (error) {
					if (!(error instanceof TransportError) || signal?.aborted) throw error;
				}
				const {stdout} = await this.#host.exec(['sh', '-c', sizeScript, 'sh', locked.sha256], exec);
				start = Math.min(Number(stdout), locked.size);
			}
		} catch (error) {
			const hint = error instanceof KubestrapError ? `\n${error.hint}` : '';
			const stdin = `${artifact}: ${error instanceof Error ? error.message : String(error)}${hint}\n`;
			await this.#host.exec(['sh', '-c', refuseScript, 'sh', locked.sha256], {...exec, stdin}).catch(() => {});
		}
	}

	async *#counted(artifact: string, path: string, {start, size}: {start: number; size: number}): AsyncGenerator<Uint8Array> {
		let done = start;
		let told = 0;
		for await (const chunk of createReadStream(path, {start, highWaterMark: 256 * 1024})) {
			yield chunk as Uint8Array;
			done += (chunk as Uint8Array).length;
			if (performance.now() - told < 500 && done < size) continue;
			told = performance.now();
			this.#options.tell({
				type: 'progress',
				node: this.#node,
				step: `fetch ${artifact}`,
				detail: {done, total: size, unit: 'bytes'},
			});
		}
	}
}
