/**
 * A machine for tests: this one, with /var/lib, /run, /srv and /usr/local/sbin replaced by temporary folders in mount namespaces (needs root).
 * systemd is played by two small scripts that start, show and stop processes; everything else is real: sh, flock, tail, tar, signals.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {TransportError} from '../../src/errors.ts';
import type {ExecOptions, Host} from '../../src/model.ts';

export const isRoot = process.getuid?.() === 0;

const enter = `mount --make-rprivate / && mount --bind "$0/bin" /usr/local/sbin && mount --bind "$0/lib" /var/lib && mount --bind "$0/run" /run &&
mount --bind "$0/srv" /srv && mount --bind "$0/units" /etc/systemd/system && exec "$@"`;

const tools: Readonly<Record<string, string>> = {
	'systemd-run': `while :; do case $1 in --unit=*) unit=\${1#--unit=}; shift ;; -p) shift 2 ;; -*) shift ;; *) break ;; esac; done
setsid "$@" </dev/null >/dev/null 2>&1 &
echo $! >"/run/pids/$unit"`,
	systemctl: `echo "$*" >>/run/systemctl.log
for unit; do :; done
pid=$(cat "/run/pids/\${unit%.service}" 2>/dev/null)
alive() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$pid/status"; }
case $* in
'show -p MainPID'*) if alive; then echo "$pid"; else echo 0; fi ;;
is-active*) if alive; then echo active; else echo inactive; exit 3; fi ;;
'show -p LoadState'*) if [ -e "/run/services/$unit.gone" ]; then echo not-found; else echo loaded; fi ;;
show*) cat "/run/services/$unit" 2>/dev/null || printf 'ActiveState=inactive\\nUnitFileState=disabled\\nNeedDaemonReload=no\\n' ;;
start* | restart*) printf 'ActiveState=active\\nUnitFileState=enabled\\nNeedDaemonReload=no\\n' >"/run/services/$unit" ;;
stop*) if alive; then kill -TERM "-$pid"; while alive; do sleep 0.05; done; fi; rm -f "/run/services/$unit" ;;
esac`,
};

export type Machine = {
	readonly host: Host;
	/** A path as the machine sees it (below /var/lib, /run or /srv), on this one. */
	at(path: string): string;
	read(path: string): string;
	has(path: string): boolean;
	write(path: string, content: string | Buffer): void;
	/** Puts a program in front of the real one. */
	fake(name: string, script: string): void;
	/** Kills the operator's side as SIGKILL does: its commands end, it hears nothing more and can do nothing more. Gives new hands. */
	die(): Host;
	/** The next exec whose script matches loses its line after so many bytes of output; what runs there goes on. */
	cut(script: RegExp, bytes: number): void;
	sh(script: string): Promise<{code: number; stdout: string; stderr: string}>;
	remove(): void;
};

export function machine(name = 'n1'): Machine {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-machine-'));
	for (const part of ['bin', 'lib/kubestrap', 'run/systemd/system', 'run/pids', 'run/services', 'srv', 'units']) {
		mkdirSync(join(folder, part), {recursive: true, mode: 0o755});
	}
	const places: readonly (readonly [string, string])[] = [
		['/var/lib/', 'lib'],
		['/run/', 'run'],
		['/srv/', 'srv'],
		['/etc/systemd/system/', 'units'],
	];
	const at = (path: string) => {
		const [prefix, part] = places.find(([place]) => path.startsWith(place))!;
		return join(folder, part, path.slice(prefix.length));
	};
	const fake = (tool: string, script: string) => {
		writeFileSync(join(folder, 'bin', tool), `#!/bin/sh\n${script}\n`);
		chmodSync(join(folder, 'bin', tool), 0o755);
	};
	for (const [tool, script] of Object.entries(tools)) fake(tool, script);
	const cuts: {script: RegExp; bytes: number}[] = [];
	let life = {dead: false, children: new Set<number>()};
	const exec = async (mine: typeof life, argv: readonly string[], {stdin = '', deadline, signal, onStdout}: ExecOptions) => {
		if (mine.dead) return new Promise<never>(() => {});
		const planned = cuts.findIndex(({script}) => argv.some((word) => script.test(word)));
		const [cut] = planned < 0 ? [] : cuts.splice(planned, 1);
		const child = spawn('unshare', ['-m', 'sh', '-c', enter, folder, ...argv], {detached: true});
		mine.children.add(child.pid!);
		const lost = Promise.withResolvers<never>();
		lost.promise.catch(() => {});
		const timer = setTimeout(() => lost.reject(new TransportError(name, 'deadline')), deadline);
		signal?.addEventListener('abort', () => lost.reject(signal.reason), {once: true});
		let stdout = '';
		let stderr = '';
		let heard = 0;
		child.stdout.on('data', (chunk: Buffer) => {
			const left = (cut?.bytes ?? Number.POSITIVE_INFINITY) - heard;
			heard += chunk.length;
			if (left > 0 && onStdout) onStdout(chunk.subarray(0, left));
			else if (left > 0) stdout += chunk;
			if (heard >= (cut?.bytes ?? Number.POSITIVE_INFINITY)) lost.reject(new TransportError(name, 'the line was cut'));
		});
		child.stderr.on('data', (chunk) => {
			stderr += chunk;
		});
		const source = typeof stdin === 'string' || stdin instanceof Uint8Array ? [stdin] : stdin;
		pipeline(Readable.from(source), child.stdin).catch(() => {});
		try {
			const [code, killed] = await Promise.race([once(child, 'close'), lost.promise]);
			clearTimeout(timer);
			if (mine.dead) return await new Promise<never>(() => {});
			return {code: code ?? (killed ? 137 : 1), stdout, stderr};
		} finally {
			clearTimeout(timer);
			mine.children.delete(child.pid!);
			child.stdin.destroy();
			child.stdout.destroy();
		}
	};
	const hands = (mine: typeof life): Host => ({name, exec: (argv, options) => exec(mine, argv, options), close: async () => {}});
	const host = hands(life);
	const die = () => {
		life.dead = true;
		for (const child of life.children) process.kill(-child, 'SIGKILL');
		life = {dead: false, children: new Set()};
		return hands(life);
	};
	return {
		host,
		at,
		fake,
		read: (path) => readFileSync(at(path), 'utf8'),
		has: (path) => existsSync(at(path)),
		write: (path, content) => writeFileSync(at(path), content),
		die,
		cut: (script, bytes) => cuts.push({script, bytes}),
		sh: (script) => exec(life, ['sh', '-c', script], {deadline: 20_000}),
		remove: () => rmSync(folder, {recursive: true, force: true}),
	};
}
