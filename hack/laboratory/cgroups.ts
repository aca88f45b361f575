/**
 * A cgroup of its own for every node in every hierarchy: without it the kubelets of one machine would share /kubepods and delete each other's pods.
 * Also how a node's processes are found again: whatever lives in its cgroups is ours.
 */
import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {kill} from 'node:process';
import {until} from './processes.ts';

const root = '/sys/fs/cgroup';

/** Folder of each hierarchy's mount that holds our own cgroup: children of it are ours to make. */
function ownCgroups(): readonly string[] {
	return readFileSync('/proc/self/cgroup', 'utf8')
		.trim()
		.split('\n')
		.flatMap((line) => {
			const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
			const name = controllers.replace(/^name=/, '');
			const mount = join(root, name === '' ? 'unified' : name);
			if (existsSync(join(mount, 'cgroup.procs'))) return [join(mount, path)];
			// cgroup v2 alone: a cgroup with processes of its own, as ours is, cannot hand controllers down; the root can.
			return name === '' && existsSync(join(root, 'cgroup.controllers')) ? [root] : [];
		});
}

/** Makes a node's cgroups and answers them. cpuset wants its processors and memory nodes before it takes a process. */
export function makeCgroups(lab: string, node: string): readonly string[] {
	return ownCgroups().map((parent) => {
		let folder = parent;
		for (const part of ['kubestrap-lab', lab, node]) {
			const child = join(folder, part);
			mkdirSync(child, {recursive: true});
			handDown(folder);
			if (part === 'kubestrap-lab') weigh(child);
			for (const file of ['cpuset.cpus', 'cpuset.mems']) {
				if (existsSync(join(child, file)) && existsSync(join(folder, file))) {
					const inherited = readFileSync(join(folder, file), 'utf8').trim();
					if (inherited !== '') writeFileSync(join(child, file), inherited);
				}
			}
			folder = child;
		}
		return folder;
	});
}

/**
 * All nodes together would weigh as much as one thread outside. They stand for machines with processors of their own, so they weigh as much as
 * a group can: what the operator computes beside them must not slow them down.
 */
function weigh(folder: string): void {
	for (const [file, most] of [
		['cpu.shares', '262144'],
		['cpu.weight', '10000'],
	] as const) {
		if (existsSync(join(folder, file))) writeFileSync(join(folder, file), most);
	}
}

/** cgroup v2: the children get every controller that the folder has. */
function handDown(folder: string): void {
	const file = join(folder, 'cgroup.controllers');
	const controllers = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean) : [];
	if (controllers.length > 0)
		writeFileSync(join(folder, 'cgroup.subtree_control'), controllers.map((each) => `+${each}`).join(' '));
}

/** Where a lab's, or one node's, cgroups may be, under any parent that a starter had. */
function foldersOf(lab: string, node: string): readonly string[] {
	const found: string[] = [];
	const walk = (folder: string, depth: number) => {
		const ours = join(folder, 'kubestrap-lab', lab, node);
		if (existsSync(ours)) found.push(ours);
		if (depth === 0) return;
		for (const entry of children(folder)) if (entry !== 'kubestrap-lab') walk(join(folder, entry), depth - 1);
	};
	walk(root, 4);
	return found;
}

function children(folder: string): string[] {
	try {
		return readdirSync(folder, {withFileTypes: true})
			.filter((entry) => entry.isDirectory())
			.map(({name}) => name);
	} catch {
		return [];
	}
}

function pidsIn(folder: string): number[] {
	const own = (() => {
		try {
			return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
		} catch {
			return [];
		}
	})();
	return [...own, ...children(folder).flatMap((child) => pidsIn(join(folder, child)))];
}

/** Where a node's own systemd keeps the cgroups of its units; absent while it does not run. */
export function payloadOf(lab: string, node: string): string | undefined {
	const payloads = foldersOf(lab, node).map((folder) => join(folder, 'payload'));
	return payloads.find((folder) => pidsIn(join(folder, 'init.scope')).length > 0);
}

function remove(folder: string): void {
	for (const child of children(folder)) remove(join(folder, child));
	removeEmpty(folder);
}

function removeEmpty(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {
		// Another lab still has a child here, or the kernel is still letting go: an empty cgroup costs nothing.
	}
}

/** A power cut: kills everything that lives in a node's cgroups, then removes them. */
export async function emptyCgroups(lab: string, node: string): Promise<void> {
	const folders = foldersOf(lab, node);
	const living = () => folders.flatMap(pidsIn).filter((pid) => pid > 0);
	const killAll = () => {
		const pids = living();
		for (const pid of new Set(pids)) {
			try {
				kill(pid, 'SIGKILL');
			} catch {
				// It ended by itself meanwhile.
			}
		}
		return pids.length === 0;
	};
	await until(killAll, 20_000, `the processes of ${node} to end`);
	for (const folder of folders) remove(folder);
}

export function removeLabCgroups(lab: string): void {
	for (const folder of foldersOf(lab, '.')) {
		remove(folder);
		// Goes only when it was the last lab's.
		removeEmpty(dirname(folder));
	}
}
