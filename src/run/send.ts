/** Sends a file over the operator's line into a folder of a node, going on where an earlier attempt, or an earlier run, stopped. */
import {createReadStream} from 'node:fs';
import {TransportError} from '../errors.ts';
import type {Host, Tell} from '../model.ts';
import type {Throttle} from './throttle.ts';

/** What is to be there, under its digest. */
export type Wanted = {
	readonly artifact: string;
	readonly locked: {readonly sha256: string; readonly size: number};
	/** Bytes that are there already. */
	readonly offset: number;
};

/** The bytes of an artifact on the operator's machine: a file, or a part of one. */
export type Bytes = {readonly path: string; readonly start?: number};
export type Artifacts = (key: string, sha256: string) => Promise<Bytes>;

/** `artifacts`: where programs look for what they asked for. `depot`: what other nodes may take from here, each file compared with its digest. */
export type Folder = 'artifacts' | 'depot';

const opening = 'set -uf; umask 077; cd "/var/lib/kubestrap/$1" || exit 73; shift\n';
/**
 * `sh -c sizeScript sh FOLDER SHA256`: how much of it is there, or `whole`. Who still writes to it from behind a lost line is ended first; not
 * whoever has got its number since, after a reboot for example.
 */
const sizeScript = `${opening}[ ! -e "$1" ] || { echo whole; exit; }
pid=$(cat "$1.pid" 2>/dev/null)
case $(readlink "/proc/$pid/fd/1") in */"$1.part") kill -9 "$pid" 2>/dev/null ;; esac
stat -c %s "$1.part" 2>/dev/null || echo 0`;
/** `sh -c sendScript sh FOLDER SHA256 OFFSET SIZE check|trust`, the rest of the bytes on stdin. `trust`: the program checks the digest before it uses them. */
const sendScript = `${opening}[ "$(stat -c %s "$1.part" 2>/dev/null || echo 0)" = "$2" ] || exit 66
exec 3<&0
cat <&3 >>"$1.part" &
echo $! >"$1.pid"
wait $! || { rm -f "$1.part"; exit 74; }
rm -f "$1.pid"
[ "$(stat -c %s "$1.part")" = "$3" ] || exit 65
if [ "$4" = check ]; then echo "$1  $1.part" | sha256sum -c --status - || { rm -f "$1.part"; exit 65; }; fi
mv "$1.part" "$1"`;

export type Sending = {
	readonly host: Host;
	readonly folder: Folder;
	readonly artifacts: Artifacts;
	readonly throttle: Throttle;
	readonly tell: Tell;
	/** What the node is called in reports. */
	readonly node: string;
	readonly signal?: AbortSignal | undefined;
};

/** Bytes that went over the line in this attempt. Throws what the source throws, an Error when it did not arrive whole, or that of a dead machine. */
export async function send(wanted: Wanted, sending: Sending): Promise<number> {
	const {artifact, locked} = wanted;
	const {host, folder, artifacts, signal} = sending;
	const exec = {deadline: 30_000, ...(signal ? {signal} : {})};
	const check = folder === 'depot' ? 'check' : 'trust';
	const bytes = await artifacts(artifact, locked.sha256);
	const sent = {bytes: 0};
	for (let start = wanted.offset; ; ) {
		try {
			const stdin = counted(wanted, bytes, start, sending, sent);
			const words = ['sh', '-c', sendScript, 'sh', folder, locked.sha256, String(start), String(locked.size), check];
			const {code, stderr} = await host.exec(words, {...exec, stdin, deadline: 12 * 60 * 60_000});
			if (code === 0) return sent.bytes;
			if (code !== 66) throw new Error(`it did not arrive whole (exit ${code}): ${stderr.trim() || 'is the disk full?'}`);
		} catch (error) {
			if (!(error instanceof TransportError) || signal?.aborted) throw error;
		}
		const there = await held(host, folder, locked.sha256, signal);
		if (there === 'whole') return sent.bytes;
		start = Math.min(there, locked.size);
	}
}

/** How much of a file is in a folder of a node. */
export async function held(host: Host, folder: Folder, sha256: string, signal?: AbortSignal): Promise<number | 'whole'> {
	const words = ['sh', '-c', sizeScript, 'sh', folder, sha256];
	const {stdout} = await host.exec(words, {deadline: 30_000, ...(signal ? {signal} : {})});
	return stdout.trim() === 'whole' ? 'whole' : Number(stdout);
}

async function* counted(
	{artifact, locked: {size}}: Wanted,
	{path, start = 0}: Bytes,
	from: number,
	{throttle, tell, node, signal}: Sending,
	sent: {bytes: number},
): AsyncGenerator<Uint8Array> {
	if (from >= size) return;
	let done = from;
	let told = 0;
	for await (const chunk of createReadStream(path, {start: start + from, end: start + size - 1, highWaterMark: 256 * 1024})) {
		const {length} = chunk as Uint8Array;
		await throttle.take(length, signal);
		yield chunk as Uint8Array;
		done += length;
		sent.bytes += length;
		if (performance.now() - told < 500 && done < size) continue;
		told = performance.now();
		tell({type: 'progress', node, step: `fetch ${artifact}`, detail: {done, total: size, unit: 'bytes'}});
	}
}
