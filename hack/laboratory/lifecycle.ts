/** The life of a lab: founded, brought up, its nodes started afresh, removed. One at a time per lab, under its lock. */
import {join} from 'node:path';
import {removeLabCgroups} from './cgroups.ts';
import {run} from './command.ts';
import {fingerprintOf, makeKeys, sshArguments, writeKnownHosts} from './keys.ts';
import {machineOf} from './kinds.ts';
import {underLock} from './lock.ts';
import {boot, booted, lastWords, powerCut} from './machine.ts';
import {closeLine, closeNetwork, openLine, openNetwork} from './network.ts';
import {state} from './places.ts';
import {alive, until} from './processes.ts';
import {folderOf, type LabRecord, readRecord, records, writeRecord} from './record.ts';
import {endServers, layOut, startServers} from './servers.ts';
import {raiseInotify, restoreSettings, saveSettings} from './settings.ts';
import {newRecord, type Shape, sameShape} from './shape.ts';
import type {Store} from './store.ts';

/** Everything that may run or lie around of a lab, but not its record and keys. */
async function clear(lab: LabRecord): Promise<void> {
	await Promise.all(lab.nodes.map((node) => powerCut(lab, node)));
	await endServers(lab);
	removeLabCgroups(lab.name);
	await closeNetwork(lab);
}

function stands(lab: LabRecord): boolean {
	return alive(lab.mirror) && alive(lab.registry) && alive(lab.aliyun) && lab.nodes.every(({name}) => alive(lab.machines[name]));
}

async function bringUp(lab: LabRecord, supplies: Store): Promise<LabRecord> {
	await clear(lab);
	raiseInotify();
	await openNetwork(lab);
	await layOut(lab, supplies);
	const [served] = await Promise.all([
		startServers(lab, supplies),
		...lab.nodes.map((node) => machineOf(node).layDown(lab, node)),
	]);
	const started = lab.nodes.map(async (node, position) => [node.name, await boot(lab, node, position)] as const);
	const machines = Object.fromEntries(await Promise.all(started));
	const record = writeRecord({...served, machines});
	await Promise.all(lab.nodes.map((node) => booted(lab, node, machines[node.name] ?? {pid: 0, startTime: ''})));
	return record;
}

const locks = join(state, '.locks');
const labLock = (name: string) => join(locks, name);
/** Held for moments, while records of several labs are looked at or one is changed by parts. */
const stateLock = join(locks, '.all');

/** Brings a lab of that shape up, from nothing, from a crash, or not at all because it stands. */
export function raise(shape: Shape, supplies: Store): Promise<LabRecord> {
	const {name} = shape;
	return underLock(labLock(name), async () => {
		const before = readRecord(name);
		if (before !== undefined && sameShape(before, shape) && stands(before)) return before;
		if (before !== undefined && !sameShape(before, shape)) {
			if (stands(before))
				throw new Error(`lab ${name} stands in another shape: take it down first (hack/lab down --name ${name})`);
			await remove(before);
		}
		const lab = await underLock(stateLock, async () => {
			saveSettings();
			return writeRecord(readRecord(name) ?? newRecord(shape, records()));
		});
		await makeKeys(
			name,
			lab.nodes.map((node) => node.name),
		);
		writeKnownHosts(name, lab.nodes);
		const nodes = lab.nodes.map((node) => ({...node, hostKey: fingerprintOf(name, node.name)}));
		return bringUp(writeRecord({...lab, nodes}), supplies);
	});
}

async function remove(lab: LabRecord): Promise<void> {
	await clear(lab);
	await run(['rm', '-rf', '--one-file-system', folderOf(lab.name)]);
}

/** Takes a lab away; after the last one the host's settings are as they were. */
export async function takeDown(name: string): Promise<void> {
	await underLock(labLock(name), async () => {
		const lab = readRecord(name);
		if (lab !== undefined) await remove(lab);
	});
	await underLock(stateLock, async () => restoreSettings());
}

/** Boots a dead node: from its own disk, or from a fresh one. */
async function start(labName: string, name: string, disk: 'own' | 'fresh'): Promise<void> {
	const {lab, node, position} = locate(labName, name);
	// What was left running when its kernel or container ended; and a new line, because a line keeps addresses and rules.
	await powerCut(lab, node);
	await closeLine(lab, position);
	if (disk === 'fresh') await machineOf(node).layDown(lab, node);
	await openLine(lab, position);
	const process = await boot(lab, node, position);
	await underLock(stateLock, async () => {
		const latest = readRecord(labName) ?? lab;
		writeRecord({...latest, machines: {...latest.machines, [name]: process}});
	});
	await booted(lab, node, process);
}

/** Cuts a node's power and boots a fresh Debian in its place. */
export const reset = (lab: string, name: string) => start(lab, name, 'fresh');

/** Boots a node whose power was cut, or that has shut down. */
export async function bootAgain(labName: string, name: string): Promise<void> {
	if (alive(locate(labName, name).lab.machines[name])) throw new Error(`${name} of lab ${labName} runs already`);
	await start(labName, name, 'own');
}

/** An orderly shutdown, and a boot. */
export async function reboot(labName: string, name: string): Promise<void> {
	const {lab, node} = locate(labName, name);
	// Past logind, which answers before it has asked, and whose own trouble nobody would hear of.
	const order = 'systemctl --no-block --job-mode=replace-irreversibly start poweroff.target';
	const asked = await run(['ssh', ...sshArguments(lab.name, node, 'root'), order], {mayFail: true});
	// The line may go before the answer comes; any other trouble means that it was not asked.
	if (asked.code !== 0 && !/closed|reset by peer|broken pipe/i.test(asked.stderr))
		throw new Error(`${name} does not shut down: ${asked.stderr.trim()}`);
	// systemd gives a process that does not end 90 s.
	await until(() => !alive(lab.machines[name]), 150_000, `${name} to shut down`).catch((error: Error) => {
		throw new Error(`${error.message}; its console:\n${lastWords(lab, node)}`);
	});
	await start(labName, name, 'own');
}

export function locate(labName: string, name: string) {
	const lab = readRecord(labName);
	const position = lab?.nodes.findIndex((node) => node.name === name) ?? -1;
	const node = lab?.nodes[position];
	if (lab === undefined || node === undefined) throw new Error(`lab ${labName} has no node ${name}`);
	return {lab, node, position};
}
