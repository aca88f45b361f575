/** Clusters of many prepared machines, until a pod on each was heard by each through a Service. */
import {untilApplied} from './cluster.ts';
import {type Mark, marksIn} from './marks.ts';
import {type Bench, openBench, type Shape} from './nodes.ts';
import {listen, ours, podOnEach, type Run, runOf, untilHeard} from './run.ts';
import type {Measure, Scenario, Turn} from './scenario.ts';

/**
 * kubeadm typed over SSH: init with flannel and the workload on the first node, then the other control planes one after the other,
 * as etcd wants it, then all workers at once.
 */
async function theirs(bench: Bench): Promise<Run> {
	const last = listen(bench, podOnEach);
	const [first, ...others] = bench.nodes;
	const marks: Mark[] = [{name: 'begin', at: Date.now()}];
	const mark = (name: string) => marks.push({name, at: Date.now()});
	const {stdout} = await bench.onNode(first!, '/root/bench/init.sh');
	marks.push(...marksIn(stdout).slice(1));
	const [, hash] = /--discovery-token-ca-cert-hash (sha256:\w+)/.exec(stdout) ?? [];
	if (hash === undefined) throw new Error('kubeadm init has not printed the hash of its CA');
	const join = (node: string) => bench.onNode(node, '/root/bench/join.sh', hash);
	const isWorker = (node: string) => bench.lab.nodes.some(({name, role}) => name === node && role === 'worker');
	for (const node of others.filter((each) => !isWorker(each))) {
		await join(node);
		mark(`kubeadm join ${node}`);
	}
	await Promise.all(others.filter(isWorker).map(join));
	mark('kubeadm join');
	return runOf(marks, 'kubeadm join', await last);
}

function many(shape: Shape, measure: Measure): Scenario {
	const open = async () => {
		const bench = await openBench(shape);
		const turn =
			(work: () => Promise<Run>): Turn =>
			async () => {
				await bench.prepared();
				return {[measure.name]: await untilHeard(bench, await work())};
			};
		return {ours: turn(() => ours(bench, untilApplied, podOnEach)), theirs: turn(() => theirs(bench))};
	};
	return {measures: [measure], open};
}

export const threeControlPlanes = many(
	{controlPlanes: 3, workers: 0},
	{
		name: 'three',
		row: 'three',
		work: '3 new control planes on prepared nodes, until a pod on each was heard by each through a Service',
		against: '`kubeadm init`, then two `kubeadm join --control-plane` by SSH, flannel by kubectl',
		goal: 0.37,
	},
);

export const fleet = many(
	{controlPlanes: 1, workers: 4},
	{
		name: 'fleet',
		row: 'fleet',
		work: '1 control plane and 4 workers on prepared nodes, the same end',
		against: '`kubeadm init`, then all `kubeadm join` at once by SSH, flannel by kubectl',
		goal: 0.6,
	},
);
