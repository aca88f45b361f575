/** The images of a control plane on a node that has none: the pull itself and the whole command over SSH, against kubeadm's pull typed on the node. */
import {eventParts, marksIn, stretches} from './marks.ts';
import {openBench} from './nodes.ts';
import type {Scenario, Turn} from './scenario.ts';

/** Nothing of an image is left, neither names nor bytes; what that writes is on the disk before the clock starts. */
const emptied = `set -eu
for name in $(ctr -n k8s.io images ls -q); do ctr -n k8s.io images rm --sync "$name" >/dev/null; done
until [ -z "$(ctr -n k8s.io content ls -q)" ]; do ctr -n k8s.io content prune references >/dev/null; sleep 0.2; done
sync -f /var/lib/containerd`;

const kubeadmPull = (version: string) => `mark() { echo "mark $1 $(date +%s%3N)"; }
mark begin
kubeadm config images pull --kubernetes-version ${version} && mark 'kubeadm config images pull'`;

export const pull: Scenario = {
	measures: [
		{
			name: 'pull',
			row: 'pull',
			work: 'the 7 images of a control plane, and busybox, pulled on a node',
			against: '`kubeadm config images pull` typed on the node: the 7',
			goal: 0.6,
		},
		{
			name: 'command',
			row: 'pull',
			work: 'the same, from the operator’s command to its end, over SSH',
			against: 'the same',
			goal: 1,
		},
	],
	async open() {
		const bench = await openBench({controlPlanes: 1, workers: 0});
		const [node = ''] = bench.nodes;
		await bench.prepared();
		const ours: Turn = async () => {
			await bench.onNode(node, emptied);
			const began = Date.now();
			const {stdout} = await bench.kubestrap('images', 'pull', '--cni', 'none', '-o', 'json');
			const ended = Date.now();
			const parts = eventParts(stdout, began, ended);
			const pulled = parts.filter(({name}) => name === 'images');
			return {
				pull: {amount: pulled.reduce((sum, {seconds}) => sum + seconds, 0), parts: pulled},
				command: {amount: (ended - began) / 1000, parts},
			};
		};
		const theirs: Turn = async () => {
			await bench.onNode(node, emptied);
			const marks = marksIn((await bench.onNode(node, kubeadmPull(bench.lab.kubernetesVersion))).stdout);
			const parts = stretches(marks);
			const taken = {amount: parts.reduce((sum, {seconds}) => sum + seconds, 0), parts};
			return {pull: taken, command: taken};
		};
		return {ours, theirs};
	},
};
