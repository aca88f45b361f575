/** The lab as tests and the command line use it: bring it up, look at it, cut lines, start nodes afresh, take it down. */
import {join} from 'node:path';
import {getuid} from 'node:process';
import {type ConfigOptions, type ConfigUser, configText} from './config.ts';
import {identityOf, passwordFileOf} from './keys.ts';
import {machineOf} from './kinds.ts';
import {bootAgain, locate, raise, reboot, reset, takeDown} from './lifecycle.ts';
import {powerCut} from './machine.ts';
import {cut, type Dropped, fenced} from './network.ts';
import {labPackages, packages} from './packages.ts';
import {treeOf} from './personal.ts';
import {alive} from './processes.ts';
import {folderOf, type LabRecord, type NodeRecord, plan, readRecord} from './record.ts';
import {aliyunStorageOf, mirrorLogOf, silence, switchMirror} from './servers.ts';
import {type LabOptions, nodesOf, shapeOf} from './shape.ts';
import {store} from './store.ts';

/** A living lab. */
export type Lab = {
	readonly name: string;
	readonly folder: string;
	readonly kubernetesVersion: string;
	readonly nodes: readonly NodeRecord[];
	/** The lab's own address: mirror and registries listen there. */
	readonly host: string;
	/** Private key that every node's root, debian and carol accept. */
	readonly identityFile: string;
	/** Holds carol's sudo password. */
	readonly passwordFile: string;
	readonly lockFile: string;
	/** Storage of the registry that is laid out as aliyun's: this lab's alone, for `takeOut` and `spoil`. */
	readonly aliyunStorage: string;
	/** Access log of the release mirror: time, client, method, path, status, range. */
	readonly mirrorLog: string;
	/** The cluster.yaml for this lab. */
	config(user?: ConfigUser, options?: ConfigOptions): string;
	/** A node's root folder as this machine sees it. Nodes with a kernel of their own have none: their disk is theirs. */
	tree(node: string): string;
	/** Drops every packet to and from a node, or lets them pass again. */
	cut(node: string, on: boolean): Promise<void>;
	/** Gives a node a fresh Debian, booted; its address and host key stay. */
	reset(node: string): Promise<void>;
	/**
	 * Cuts a node's power: it is dead until it is booted or reset. With a kernel of its own, what it had not written to its disk is lost;
	 * the files of a container are this machine's, and stay.
	 */
	powerCut(node: string): Promise<void>;
	/** Boots a node from its own disk, after a power cut or when it has shut down by itself. */
	boot(node: string): Promise<void>;
	/** An orderly shutdown, and a boot. */
	reboot(node: string): Promise<void>;
	/** Ends the release mirror, or starts it again. */
	mirror(on: boolean): Promise<void>;
	/** Ends mirror and registries for good: the nodes are alone with each other and the operator. */
	silence(): Promise<void>;
	/** What the fence has dropped so far, and counted. */
	packets(): Promise<Dropped>;
	down(): Promise<void>;
};

export function requireRoot(): void {
	if (getuid?.() !== 0) throw new Error('the lab makes namespaces, bridges and containers: run it as root');
}

/** Brings a lab up; one that stands in the same shape is left as it is, a crashed one is cleaned and started afresh. */
export async function up(options: LabOptions = {}): Promise<Lab> {
	requireRoot();
	const shape = shapeOf(options);
	await packages(labPackages);
	const machines = new Set(nodesOf(shape, 0).map(machineOf));
	const [supplies] = await Promise.all([store(shape.kubernetesVersion), ...[...machines].map((each) => each.prepare())]);
	return handle(await raise(shape, supplies));
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
	const {aliyun, binaries, images} = plan(lab);
	return [
		{part: 'mirror', running: alive(lab.mirror), where: binaries},
		{part: 'registry', running: alive(lab.registry), where: images},
		{part: 'aliyun', running: alive(lab.aliyun), where: aliyun},
		...lab.nodes.map((node) => ({part: node.name, running: alive(lab.machines[node.name]), where: node.address})),
	];
}

function handle(lab: LabRecord): Lab {
	const folder = folderOf(lab.name);
	return {
		name: lab.name,
		folder,
		kubernetesVersion: lab.kubernetesVersion,
		nodes: lab.nodes,
		host: plan(lab).host,
		identityFile: identityOf(lab.name),
		passwordFile: passwordFileOf(lab.name),
		lockFile: join(folder, 'kubestrap.lock'),
		mirrorLog: mirrorLogOf(lab.name),
		aliyunStorage: aliyunStorageOf(lab.name),
		config: (user = 'root', options) => configText(lab, user, options),
		tree: (name) => {
			if ((locate(lab.name, name).node.kind ?? 'nspawn') !== 'nspawn')
				throw new Error(`the files of ${name} are on its own disk`);
			return treeOf(lab.name, name);
		},
		cut: (node, on) => cut(lab, locate(lab.name, node).node.address, on),
		reset: (node) => reset(lab.name, node),
		powerCut: async (name) => {
			const {lab: latest, node} = locate(lab.name, name);
			await powerCut(latest, node);
		},
		boot: (node) => bootAgain(lab.name, node),
		reboot: (node) => reboot(lab.name, node),
		mirror: (on) => switchMirror(lab.name, on),
		silence: () => silence(lab.name),
		packets: () => fenced(lab),
		down: () => {
			requireRoot();
			return takeDown(lab.name);
		},
	};
}
