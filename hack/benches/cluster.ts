/** Clusters of one machine: from a command to its end, and on to the first answered request. */
import {marksIn} from './marks.ts';
import {type Bench, openBench} from './nodes.ts';
import {listen, onePod, ours, type Run, runOf, untilHeard} from './run.ts';
import type {Measure, Scenario, Turn} from './scenario.ts';

/** A script on the node, which says itself when it begins and ends: that it was started over SSH is not counted. */
async function theirs(bench: Bench, script: string): Promise<Run> {
	const last = listen(bench, onePod);
	const {stdout} = await bench.onNode(bench.nodes[0]!, `/root/bench/${script}`);
	return runOf(marksIn(stdout), 'kubeadm init', await last);
}

/** kubeadm init does not wait until nodes are Ready; then ours does not either. */
export const untilApplied = 'nodes-ready';
/** Nor does it wait for anything after the control plane, or make what others make later; so both end with the same objects. */
const asKubeadm = `${untilApplied},services-ready,pod-network,controller-accounts`;

type Start = {readonly state: 'bare' | 'prepared'; readonly script: string; readonly skipped: string};

async function sides({state, script, skipped}: Start): Promise<{ours: Turn; theirs: Turn}> {
	const bench = await openBench({controlPlanes: 1, workers: 0});
	const turn = (work: () => Promise<Run>) => async () => {
		await bench[state]();
		const run = await work();
		const request = await untilHeard(bench, run);
		return {prepared: {amount: (run.done - run.began) / 1000, parts: run.parts}, request, bare: request};
	};
	return {ours: turn(() => ours(bench, skipped, onePod)), theirs: turn(() => theirs(bench, script))};
}

const measure = (name: string, work: string, against: string, goal: number): Measure => ({name, row: name, work, against, goal});

export const preparedInit: Scenario = {
	measures: [
		measure(
			'prepared',
			'init of one prepared node over SSH, flannel applied too',
			'`kubeadm init` typed on the node, without flannel',
			0.8,
		),
	],
	open: () => sides({state: 'prepared', script: 'init.sh', skipped: asKubeadm}),
};

export const firstRequest: Scenario = {
	measures: [
		measure(
			'request',
			'prepared node to the first answered request',
			'`kubeadm init`, then `kubectl apply` of the same flannel',
			0.6,
		),
	],
	open: () => sides({state: 'prepared', script: 'init.sh', skipped: untilApplied}),
};

export const bareNode: Scenario = {
	measures: [
		measure('bare', 'bare node to the first answered request', 'the documented steps as a script, kubeadm, kubectl', 0.5),
	],
	open: () => sides({state: 'bare', script: 'bare.sh', skipped: untilApplied}),
};
