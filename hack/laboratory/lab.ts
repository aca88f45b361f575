/** The lab as tests and the command line use it: bring it up, look at it, cut lines, start nodes afresh, take it down. */

import {copyFileSync, mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {execPath, getuid} from 'node:process';
import type {Role} from '../../src/model.ts';
import {removeLabCgroups} from './cgroups.ts';
import {run} from './command.ts';
import {type ConfigUser, configText} from './config.ts';
import {fingerprintOf, identityOf, makeKeys, passwordFileOf, writeKnownHosts} from './keys.ts';
import {underLock} from './lock.ts';
import {boot, booted, layDown, treeOf, unplug} from './machine.ts';
import {closeLine, closeNetwork, cut, fenced, openLine, openNetwork} from './network.ts';
import {labPackages, packages} from './packages.ts';
import {state} from './places.ts';
import {alive, end, start, until} from './processes.ts';
import {folderOf, type LabRecord, type NodeRecord, plan, readRecord, records, writeRecord} from './record.ts';
import {registryAnswers, startRegistry} from './registry.ts';
import {rootfs} from './rootfs.ts';
import {raiseInotify, restoreSettings, saveSettings} from './settings.ts';
import {type Store, store} from './store.ts';

export type LabOptions = {
	readonly name?: string;
	readonly controlPlanes?: number;
	readonly workers?: number;
	readonly kubernetesVersion?: string;
	/** Nodes get a default route; what they send along it is counted and dropped at the fence. */
	readonly defaultRoute?: boolean;
};

/** A living lab. */
export type Lab = {
	readonly name: string;
	readonly folder: string;
	readonly kubernetesVersion: string;
	readonly nodes: readonly NodeRecord[];
	/** Private key that every node's root, debian and carol accept. */
	readonly identityFile: string;
	/** Holds carol's sudo password. */
	readonly passwordFile: string;
	readonly lockFile: string;
	/** Access log of the release mirror: time, client, method, path, status, range. */
	readonly mirrorLog: string;
	/** The cluster.yaml for this lab. */
	config(user?: ConfigUser): string;
	/** A node's root folder as this machine sees it. */
	tree(node: string): string;
	/** Drops every packet to and from a node, or lets them pass again. */
	cut(node: string, on: boolean): Promise<void>;
	/** Gives a node a fresh Debian, booted; its address and host key stay. */
	reset(node: string): Promise<void>;
	/** Ends the release mirror, or starts it again. */
	mirror(on: boolean): Promise<void>;
	/** What the fence has dropped so far. */
	packets(): Promise<{readonly forwarded: number; readonly received: number}>;
	down(): Promise<void>;
};

function requireRoot(): void {
	if (getuid?.() !== 0) throw new Error('the lab makes namespaces, bridges and containers: run it as root');
}

const stateLock = () => join(state, 'lock');

function nodesOf(controlPlanes: number, workers: number, index: number): readonly NodeRecord[] {
	const names: readonly [string, Role][] = [
		...Array.from({length: controlPlanes}, (_, i): [string, Role] => [`cp${i + 1}`, 'control-plane']),
		...Array.from({length: workers}, (_, i): [string, Role] => [`w${i + 1}`, 'worker']),
	];
	return names.map(([name, role], position) => ({name, role, address: plan({index}).node(position).address, hostKey: ''}));
}

/** The record of a new lab: the first address block that no other lab has. */
function found(options: Required<LabOptions>): LabRecord {
	const taken = new Set(records().map(({index}) => index));
	const index = Array.from({length: 200}, (_, i) => i + 1).find((each) => !taken.has(each));
	if (index === undefined) throw new Error('two hundred labs on one machine are enough');
	const {name, kubernetesVersion, defaultRoute, controlPlanes, workers} = options;
	return {name, index, kubernetesVersion, defaultRoute, nodes: nodesOf(controlPlanes, workers, index), machines: {}};
}

function sameShape(lab: LabRecord, options: Required<LabOptions>): boolean {
	const names = (nodes: readonly NodeRecord[]) => nodes.map(({name}) => name).join();
	return (
		lab.kubernetesVersion === options.kubernetesVersion &&
		lab.defaultRoute === options.defaultRoute &&
		names(lab.nodes) === names(nodesOf(options.controlPlanes, options.workers, lab.index))
	);
}

function startMirror(lab: LabRecord, files: string) {
	const log = join(folderOf(lab.name), 'mirror.log');
	const program = join(import.meta.dirname, 'mirror.ts');
	return start([execPath, program, files, plan(lab).host, '8080', log], join(folderOf(lab.name), 'mirror.out'));
}

const filesLink = (lab: LabRecord) => join(folderOf(lab.name), 'files');

async function mirrorAnswers(lab: LabRecord): Promise<void> {
	const probe = () =>
		fetch(plan(lab).binaries).then(
			() => true,
			() => false,
		);
	await until(probe, 10_000, `the mirror on ${plan(lab).binaries}`);
}

async function startServers(lab: LabRecord, {files, registry: storage, lock}: Store): Promise<LabRecord> {
	const folder = folderOf(lab.name);
	copyFileSync(lock, join(folder, 'kubestrap.lock'));
	await run(['ln', '-sfn', files, filesLink(lab)]);
	const listen = `${plan(lab).host}:5000`;
	const mirror = startMirror(lab, files);
	const registry = startRegistry({folder, storage, listen, readonly: true});
	const record = writeRecord({...lab, mirror, registry});
	await Promise.all([mirrorAnswers(lab), registryAnswers(listen, registry)]);
	return record;
}

/** Everything that may run or lie around of a lab, but not its record and keys. */
async function clear(lab: LabRecord): Promise<void> {
	await Promise.all(lab.nodes.map((node) => unplug(lab, node)));
	await Promise.all([end(lab.mirror, 'SIGKILL'), end(lab.registry, 'SIGKILL')]);
	removeLabCgroups(lab.name);
	await closeNetwork(lab);
}

function stands(lab: LabRecord): boolean {
	return alive(lab.mirror) && alive(lab.registry) && lab.nodes.every(({name}) => alive(lab.machines[name]));
}

async function bringUp(lab: LabRecord, supplies: Store): Promise<LabRecord> {
	await clear(lab);
	raiseInotify();
	await openNetwork(lab);
	const [served] = await Promise.all([startServers(lab, supplies), ...lab.nodes.map((node) => layDown(lab, node))]);
	const machines = Object.fromEntries(lab.nodes.map((node, position) => [node.name, boot(lab, node, position)]));
	const record = writeRecord({...served, machines});
	await Promise.all(lab.nodes.map((node) => booted(lab, node, machines[node.name] ?? {pid: 0, startTime: ''})));
	return record;
}

/** Brings a lab up; one that stands in the same shape is left as it is, a crashed one is cleaned and started afresh. */
export async function up(options: LabOptions = {}): Promise<Lab> {
	requireRoot();
	const full = {name: 'lab', controlPlanes: 1, workers: 1, kubernetesVersion: 'v1.37.1', defaultRoute: false, ...options};
	if (!/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(full.name))
		throw new Error(`a lab's name is up to 20 of a-z, 0-9 and -: ${full.name}`);
	await packages(labPackages);
	const supplies = await store(full.kubernetesVersion);
	await rootfs();
	mkdirSync(state, {recursive: true, mode: 0o700});
	return underLock(join(state, `${full.name}.lock`), async () => {
		const before = readRecord(full.name);
		if (before !== undefined && sameShape(before, full) && stands(before)) return handle(before);
		if (before !== undefined && !sameShape(before, full)) {
			if (stands(before))
				throw new Error(`lab ${full.name} stands in another shape: take it down first (hack/lab down --name ${full.name})`);
			await remove(before);
		}
		saveSettings();
		const lab = await underLock(stateLock(), async () => writeRecord(readRecord(full.name) ?? found(full)));
		await makeKeys(
			lab.name,
			lab.nodes.map(({name}) => name),
		);
		writeKnownHosts(lab.name, lab.nodes);
		const nodes = lab.nodes.map((node) => ({...node, hostKey: fingerprintOf(lab.name, node.name)}));
		return handle(await bringUp(writeRecord({...lab, nodes}), supplies));
	});
}

/** The lab of that name, if there is a record of it. */
export function find(name: string): Lab | undefined {
	const record = readRecord(name);
	return record === undefined ? undefined : handle(record);
}

/** What runs of a lab, one line per part. */
export function parts(name: string): readonly {readonly part: string; readonly running: boolean; readonly where: string}[] {
	const lab = readRecord(name);
	if (lab === undefined) return [];
	const {binaries, images} = plan(lab);
	return [
		{part: 'mirror', running: alive(lab.mirror), where: binaries},
		{part: 'registry', running: alive(lab.registry), where: images},
		...lab.nodes.map((node) => ({part: node.name, running: alive(lab.machines[node.name]), where: node.address})),
	];
}

async function remove(lab: LabRecord): Promise<void> {
	await clear(lab);
	await run(['rm', '-rf', '--one-file-system', folderOf(lab.name)]);
}

async function down(name: string): Promise<void> {
	requireRoot();
	await underLock(join(state, `${name}.lock`), async () => {
		const lab = readRecord(name);
		if (lab !== undefined) await remove(lab);
	});
	rmSync(join(state, `${name}.lock`), {force: true});
	await underLock(stateLock(), async () => restoreSettings());
}

async function reset(labName: string, name: string): Promise<void> {
	const {lab, node, position} = locate(labName, name);
	await unplug(lab, node);
	await closeLine(lab, position);
	await layDown(lab, node);
	await openLine(lab, position);
	const process = boot(lab, node, position);
	const latest = readRecord(labName) ?? lab;
	writeRecord({...latest, machines: {...latest.machines, [name]: process}});
	await booted(lab, node, process);
}

function locate(labName: string, name: string) {
	const lab = readRecord(labName);
	const position = lab?.nodes.findIndex((node) => node.name === name) ?? -1;
	const node = lab?.nodes[position];
	if (lab === undefined || node === undefined) throw new Error(`lab ${labName} has no node ${name}`);
	return {lab, node, position};
}

async function switchMirror(name: string, on: boolean): Promise<void> {
	const lab = readRecord(name);
	if (lab === undefined || alive(lab.mirror) === on) return;
	if (!on) return end(lab.mirror);
	writeRecord({...lab, mirror: startMirror(lab, filesLink(lab))});
	await mirrorAnswers(lab);
}

function handle(lab: LabRecord): Lab {
	const folder = folderOf(lab.name);
	return {
		name: lab.name,
		folder,
		kubernetesVersion: lab.kubernetesVersion,
		nodes: lab.nodes,
		identityFile: identityOf(lab.name),
		passwordFile: passwordFileOf(lab.name),
		lockFile: join(folder, 'kubestrap.lock'),
		mirrorLog: join(folder, 'mirror.log'),
		config: (user = 'root') => configText(lab, user),
		tree: (node) => treeOf(lab.name, node),
		cut: (node, on) => cut(lab, locate(lab.name, node).node.address, on),
		reset: (node) => reset(lab.name, node),
		mirror: (on) => switchMirror(lab.name, on),
		packets: () => fenced(lab),
		down: () => down(lab.name),
	};
}
