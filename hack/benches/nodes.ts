/** The nodes that both sides begin on: the lab's fresh Debian with the rival's kit; bare, or prepared by our own phases. */
import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {load} from '../../src/cluster/load.ts';
import {artifactVersions, imagesFor} from '../../src/versions.ts';
import {type Outcome, run} from '../laboratory/command.ts';
import {type Lab, up} from '../laboratory/lab.ts';
import {repository} from '../laboratory/places.ts';
import {prepared as preparing} from '../laboratory/prepared.ts';
import {plan, readRecord} from '../laboratory/record.ts';
import {configOf, layKit} from './kit.ts';

const name = 'bench';

export type Shape = {readonly controlPlanes: number; readonly workers: number};

export type Bench = {
	readonly lab: Lab;
	/** The nodes' names in the config's order; the first one is where a cluster is born. */
	readonly nodes: readonly string[];
	/** The network namespace of each node. */
	readonly namespaces: Readonly<Record<string, string>>;
	/** A place for what runs leave on the operator's side. */
	readonly scratch: string;
	/** Starts the nodes afresh. */
	bare(): Promise<void>;
	/** Starts them afresh and lays down runtime, images and kubelet by our own phases; containerd runs. */
	prepared(): Promise<void>;
	/** The words of an SSH command line to a node, as root, up to the remote command. */
	readonly sshTo: (node: string) => readonly string[];
	/** A command on a node, as root, over SSH. */
	onNode(node: string, ...argv: readonly string[]): Promise<Outcome>;
	/** The built program with the lab's config. */
	kubestrap(...argv: readonly string[]): Promise<Outcome>;
};

/** What the documented scripts and files of every node are filled with. */
function settingsOf(lab: Lab): Readonly<Record<string, string>> {
	const places = plan(readRecord(lab.name) ?? {index: 0});
	const {containerd, runc, crictl, 'cni-plugins': cni} = artifactVersions;
	const several = lab.nodes.filter(({role}) => role === 'control-plane').length > 1;
	const api = `${lab.nodes[0]!.address}:6443`;
	return {
		API: api,
		ENDPOINT: several ? api : '',
		INIT_FLAGS: several ? '--upload-certs' : '',
		TOKEN: `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`,
		CERTIFICATE_KEY: randomBytes(32).toString('hex'),
		WORKLOAD: lab.nodes.length > 1 ? 'everywhere.yaml' : 'workload.yaml',
		MIRROR: places.binaries,
		REGISTRY: places.images,
		KUBERNETES: lab.kubernetesVersion,
		CONTAINERD: containerd,
		RUNC: runc,
		CNI: cni,
		CRICTL: crictl,
		PAUSE: imagesFor(load(configOf(lab), {file: 'lab'})).pause,
	};
}

async function open(shape: Shape): Promise<Bench> {
	const lab = await up({name, ...shape});
	const scratch = mkdtempSync(join(tmpdir(), 'kubestrap-bench-'));
	const config = join(scratch, 'cluster.yaml');
	writeFileSync(config, configOf(lab));
	const settings = settingsOf(lab);
	// The log of each run and kubectl's cache stay with the run.
	const env = {XDG_STATE_HOME: scratch};
	const kubestrap = (...argv: readonly string[]) =>
		run([execPath, join(repository, 'dist/main.js'), ...argv, '-c', config], {env});
	const nodes = lab.nodes.map((node) => node.name);
	const ssh = ['ssh', '-o', 'LogLevel=ERROR', '-o', 'IdentitiesOnly=yes', '-o', `UserKnownHostsFile=${lab.folder}/known_hosts`];
	const sshTo = (node: string) => {
		const {address} = lab.nodes.find((each) => each.name === node)!;
		return [...ssh, '-i', lab.identityFile, `root@${address}`];
	};
	const onNode = (node: string, ...argv: readonly string[]) => run([...sshTo(node), ...argv]);
	const everywhere = (work: (node: string) => Promise<unknown>) => Promise.all(nodes.map(work));
	const settled = async () => {
		await everywhere((node) => onNode(node, 'systemctl is-system-running --wait || true'));
		// What was just copied and unpacked is on the disk before the clock starts, else its writing would fall on whoever is first.
		await run(['sync', '-f', lab.tree(nodes[0]!)]);
	};
	const bare = async () => {
		await everywhere((node) => lab.reset(node));
		for (const node of lab.nodes) layKit(lab, node, settings);
		await settled();
	};
	const prepared = async () => {
		await bare();
		await kubestrap('init', '--only-phases', preparing);
		await everywhere((node) => onNode(node, 'crictl images'));
		await settled();
	};
	const places = plan(readRecord(lab.name) ?? {index: 0});
	const namespaces = Object.fromEntries(nodes.map((node, position) => [node, places.node(position).namespace]));
	return {lab, nodes, namespaces, scratch, bare, prepared, sshTo, onNode, kubestrap};
}

let opened: {readonly shape: Shape; readonly bench: Promise<Bench>} | undefined;

/** The lab in this shape. One at a time: a standing one of another shape is taken away. */
export async function openBench(shape: Shape): Promise<Bench> {
	const {controlPlanes, workers} = opened?.shape ?? shape;
	if (controlPlanes !== shape.controlPlanes || workers !== shape.workers) await closeBench(false);
	opened ??= {shape, bench: open(shape)};
	return opened.bench;
}

/** Takes the lab away, if there was need of one and it is not to be kept. */
export async function closeBench(keep: boolean): Promise<void> {
	const bench = await opened?.bench.catch(() => undefined);
	opened = undefined;
	if (bench === undefined) return;
	rmSync(bench.scratch, {recursive: true});
	if (!keep) await bench.lab.down();
}
