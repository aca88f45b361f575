/** Images out of one file onto five machines, whose runtime has none: over one line, and then into each runtime. */
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {init} from '../../src/recipes.ts';
import {run} from '../laboratory/command.ts';
import {type Bench, openBench} from './nodes.ts';
import type {Scenario} from './scenario.ts';

const names = init.phases.map(({name}) => name);
const beforeImages = names.slice(0, names.indexOf('images')).join(',');

/** As before the first image came; what containerd kept of them too. */
const forget = 'rm -f /root/images.tar; ctr -n k8s.io images rm --sync $(ctr -n k8s.io images ls -q) >/dev/null 2>&1; true';

const everywhere = (bench: Bench, command: string) => Promise.all(bench.nodes.map((node) => bench.onNode(node, command)));

/** scp to all at once, and each imports when it has the file: with one after the other it would take longer. */
async function theirs(bench: Bench, file: string): Promise<void> {
	await Promise.all(
		bench.nodes.map(async (node) => {
			const words = bench.sshTo(node);
			await run(['scp', '-q', ...words.slice(1, -1), file, `${words.at(-1)}:/root/images.tar`]);
			await bench.onNode(node, 'ctr -n k8s.io images import /root/images.tar');
		}),
	);
}

export const bundleToFive: Scenario = {
	measures: [
		{
			name: 'bundle',
			row: 'bundle',
			work: 'the images of a bundle onto 5 machines, imported and pinned',
			against: '`scp` of the same images to all 5 at once, `ctr images import` on each',
			goal: 0.5,
		},
		{
			name: 'bytes',
			row: 'bundle',
			work: "the same: bytes over the operator's line, those of TCP and SSH too",
			against: 'the size of the file',
			goal: 1.05,
			unit: 'MiB',
		},
	],
	async open() {
		const bench = await openBench({controlPlanes: 1, workers: 4});
		const [bundle, images] = ['bundle.tar', 'images.tar'].map((name) => join(bench.scratch, name)) as [string, string];
		await bench.bare();
		await bench.kubestrap('init', '--only-phases', beforeImages);
		await bench.kubestrap('bundle', 'create', bundle);
		await bench.kubestrap('images', 'save', images);
		const timed = async (work: () => Promise<unknown>) => {
			await everywhere(bench, forget);
			await run(['sync', '-f', bench.lab.tree(bench.nodes[0]!)]);
			const {line} = await bench.lab.packets();
			const began = performance.now();
			await work();
			const amount = (performance.now() - began) / 1000;
			return {amount, sent: ((await bench.lab.packets()).line - line) / 2 ** 20};
		};
		return {
			ours: async () => {
				const {amount, sent} = await timed(() => bench.kubestrap('init', '--only-phases', 'images', '--bundle', bundle));
				return {bundle: {amount, parts: []}, bytes: {amount: sent, parts: []}};
			},
			theirs: async () => {
				const {amount} = await timed(() => theirs(bench, images));
				return {bundle: {amount, parts: []}, bytes: {amount: statSync(images).size / 2 ** 20, parts: []}};
			},
		};
	},
};
