/** The node that both sides begin on: the lab's fresh Debian with the rival's kit; bare, or prepared by our own phases. */
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {load} from '../../src/cluster/load.ts';
import type {Scope} from '../../src/model.ts';
import {addonFlannel} from '../../src/phases/addon-flannel.ts';
import {artifactVersions, imagesFor} from '../../src/versions.ts';
import {shown, siteOf} from '../../test/contract/ours.ts';
import {type Outcome, run} from '../laboratory/command.ts';
import {type Lab, up} from '../laboratory/lab.ts';
import {repository} from '../laboratory/places.ts';
import {plan, readRecord} from '../laboratory/record.ts';
import {filledIn} from './settings.ts';

const name = 'bench';
const node = 'cp1';
const documented = join(import.meta.dirname, 'documented');
const preparing = 'swap,kernel,service-route,runtime,images,kubelet,kubeadm';

export type Bench = {
	readonly lab: Lab;
	/** The network namespace of the node. */
	readonly namespace: string;
	/** A place for what runs leave on the operator's side. */
	readonly scratch: string;
	/** Starts the node afresh. */
	bare(): Promise<void>;
	/** Starts it afresh and lays down runtime, images and kubelet by our own phases; containerd runs. */
	prepared(): Promise<void>;
	/** A command on the node, as root, over SSH. */
	onNode(...argv: readonly string[]): Promise<Outcome>;
	/** The built program with the lab's config. */
	kubestrap(...argv: readonly string[]): Promise<Outcome>;
};

/** What our own phase would apply, for kubectl. */
function flannelManifest(lab: Lab): string {
	const cluster = load(lab.config(), {file: 'lab'});
	const site = siteOf(cluster, node, 'control-plane', cluster.nodes[0]!.address, {defaultAddress: {}});
	const steps = addonFlannel.steps({cluster, site, sites: [site]} as unknown as Scope);
	return steps.map((step) => (step.kind === 'object' ? `${shown(step.manifest)}\n` : '')).join('---\n');
}

function layKit(lab: Lab, settings: Readonly<Record<string, string>>): void {
	const kit = join(lab.tree(node), 'root/bench');
	mkdirSync(kit, {recursive: true});
	for (const file of readdirSync(documented)) {
		const text = readFileSync(join(documented, file), 'utf8');
		writeFileSync(join(kit, file), file.endsWith('.yaml') ? filledIn(text, settings) : text);
		if (file.endsWith('.sh')) chmodSync(join(kit, file), 0o755);
	}
	writeFileSync(join(kit, 'flannel.yaml'), flannelManifest(lab));
	const lines = Object.entries(settings).map(([key, value]) => `${key}='${value}'\n`);
	writeFileSync(join(kit, 'settings'), lines.join(''));
}

export async function openBench(): Promise<Bench> {
	const lab = await up({name, controlPlanes: 1, workers: 0});
	const places = plan(readRecord(lab.name) ?? {index: 0});
	const scratch = mkdtempSync(join(tmpdir(), 'kubestrap-bench-'));
	const config = join(scratch, 'cluster.yaml');
	writeFileSync(config, lab.config());
	const {containerd, runc, crictl, 'cni-plugins': cni} = artifactVersions;
	const settings = {
		NODE: node,
		ADDRESS: places.node(0).address,
		MIRROR: places.binaries,
		REGISTRY: places.images,
		KUBERNETES: lab.kubernetesVersion,
		CONTAINERD: containerd,
		RUNC: runc,
		CNI: cni,
		CRICTL: crictl,
		PAUSE: imagesFor(load(lab.config(), {file: 'lab'})).pause,
	};
	// The log of each run and kubectl's cache stay with the run.
	const env = {XDG_STATE_HOME: scratch};
	const kubestrap = (...argv: readonly string[]) =>
		run([execPath, join(repository, 'dist/main.js'), ...argv, '-c', config], {env});
	const onNode = (...argv: readonly string[]) => run([join(repository, 'hack/lab'), 'ssh', '--name', name, node, ...argv]);
	const settled = async () => {
		await onNode('systemctl is-system-running --wait || true');
		// What was just copied and unpacked is on the disk before the clock starts, else its writing would fall on whoever is first.
		await run(['sync', '-f', lab.tree(node)]);
	};
	const bare = async () => {
		await lab.reset(node);
		layKit(lab, settings);
		await settled();
	};
	const prepared = async () => {
		await bare();
		await kubestrap('init', '--only-phases', preparing);
		await onNode('crictl images');
		await settled();
	};
	return {lab, namespace: places.node(0).namespace, scratch, bare, prepared, onNode, kubestrap};
}
