/** Kernel settings that nodes share with their host, because they share its kernel: saved before the first lab, put back after the last. */
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {state} from './places.ts';
import {records} from './record.ts';

const shared = [
	'fs.inotify.max_user_instances',
	'fs.inotify.max_user_watches',
	'kernel.keys.root_maxbytes',
	'kernel.keys.root_maxkeys',
	'kernel.panic',
	'kernel.panic_on_oops',
	'vm.max_map_count',
	'vm.overcommit_memory',
	'vm.panic_on_oom',
	'vm.swappiness',
];

const saved = () => join(state, 'host-settings.json');
const fileOf = (name: string) => join('/proc/sys', name.replaceAll('.', '/'));
const read = (name: string) => readFileSync(fileOf(name), 'utf8').trim();

export function saveSettings(): void {
	if (existsSync(saved())) return;
	mkdirSync(state, {recursive: true, mode: 0o700});
	const values = Object.fromEntries(shared.filter((name) => existsSync(fileOf(name))).map((name) => [name, read(name)]));
	writeFileSync(saved(), `${JSON.stringify(values, undefined, '\t')}\n`);
}

/** systemd, containerd and kubelet of every node take inotify instances out of one purse of the host's root. */
export function raiseInotify(): void {
	const nodes = records().reduce((sum, lab) => sum + lab.nodes.length, 0);
	const wanted = 512 * Math.max(1, Math.ceil(nodes / 10));
	const name = 'fs.inotify.max_user_instances';
	if (Number(read(name)) < wanted) writeFileSync(fileOf(name), String(wanted));
}

export function restoreSettings(): void {
	if (!existsSync(saved()) || records().length > 0) return;
	const values: Record<string, string> = JSON.parse(readFileSync(saved(), 'utf8'));
	for (const [name, value] of Object.entries(values)) if (read(name) !== value) writeFileSync(fileOf(name), value);
	rmSync(saved());
}
