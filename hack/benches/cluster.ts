/** Clusters: from a command to its end, and on to the first answered request. */
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run} from '../laboratory/command.ts';
import {repository} from '../laboratory/places.ts';
import {until} from '../laboratory/processes.ts';
import type {Part} from './figures.ts';
import {eventParts, marksIn, stretches} from './marks.ts';
import {milestonesIn} from './milestones.ts';
import {type Bench, openBench} from './node.ts';
import type {Measure, Scenario, Turn} from './scenario.ts';

const service = 'web.default.svc.cluster.local';
const dns = '10.96.0.10';
const patience = 300;

/** When the Service was answered for the first time, in ms since 1970. Begins to ask at once, for either side. */
function firstAnswer({namespace}: Bench): Promise<number> {
	const argv = [join(import.meta.dirname, 'observe.ts'), service, dns, String(patience)];
	const answer = run(['ip', 'netns', 'exec', namespace, execPath, ...argv]).then(({stdout}) => Number(stdout));
	// Whoever waits for it hears of its failure; when the command fails first, nobody waits.
	answer.catch(() => undefined);
	return answer;
}

/** Moments in ms since 1970; what was before and after the end of `init`. */
type Run = {
	readonly began: number;
	readonly done: number;
	readonly answered: number;
	readonly parts: readonly Part[];
	readonly after: readonly Part[];
};

/** `init` over SSH from this machine, then kubectl from this machine, as its operator would. */
async function ours(bench: Bench, skipped: string): Promise<Run> {
	const own = mkdtempSync(join(bench.scratch, 'run-'));
	const kubeconfig = join(own, 'admin.conf');
	const kubectl = (await run([join(repository, 'hack/lab'), 'component', 'kubectl', bench.lab.kubernetesVersion])).stdout.trim();
	const answer = firstAnswer(bench);
	const began = Date.now();
	const {stdout} = await bench.kubestrap('init', '--skip-phases', skipped, '--kubeconfig', kubeconfig, '-o', 'json');
	const done = Date.now();
	const workload = join(import.meta.dirname, 'documented/workload.yaml');
	const apply = [kubectl, '--kubeconfig', kubeconfig, 'apply', '-f', workload];
	// The namespace's service account may be a moment late.
	const applied = async () => (await run(apply, {mayFail: true, env: {HOME: own}})).code === 0;
	await until(applied, patience * 1000, 'the workload to be accepted');
	const marks = [
		{name: 'init', at: done},
		{name: 'kubectl apply: workload', at: Date.now()},
		{name: 'first answer', at: await answer},
	];
	return {began, done, answered: await answer, parts: eventParts(stdout, began, done), after: stretches(marks)};
}

/** A script on the node, which says itself when it begins and ends: that it was started over SSH is not counted. */
async function theirs(bench: Bench, script: string): Promise<Run> {
	const answer = firstAnswer(bench);
	const {stdout} = await bench.onNode(`/root/bench/${script}`);
	const marks = [...marksIn(stdout), {name: 'first answer', at: await answer}];
	const init = marks.findIndex(({name}) => name === 'kubeadm init');
	const parts = stretches(marks);
	return {
		began: marks[0]!.at,
		done: marks[init]!.at,
		answered: await answer,
		parts: parts.slice(0, init),
		after: parts.slice(init),
	};
}

let opened: Promise<Bench> | undefined;
const bench = () => {
	opened ??= openBench();
	return opened;
};

/** Takes the lab away, if there was need of one and it is not to be kept. */
export async function closeBench(keep: boolean): Promise<void> {
	const bench = await opened?.catch(() => undefined);
	if (bench === undefined) return;
	rmSync(bench.scratch, {recursive: true});
	if (!keep) await bench.lab.down();
}

/** What the cluster itself says about its beginning. */
async function milestones(bench: Bench, began: number): Promise<Part[]> {
	const get = 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes,pods --all-namespaces -o json';
	const {stdout} = await bench.onNode(get);
	return milestonesIn(stdout).map(({name, at}) => ({name, seconds: (at - began) / 1000}));
}

/** kubeadm init does not wait until nodes are Ready; then ours does not either. */
const untilApplied = 'nodes-ready';
/** Nor does it wait for anything after the control plane, or make what others make later; so both end with the same objects. */
const asKubeadm = `${untilApplied},services-ready,pod-network,controller-accounts`;

function sides(bench: Bench, state: 'bare' | 'prepared', script: string, skipped: string): {ours: Turn; theirs: Turn} {
	const turn = (work: () => Promise<Run>) => async () => {
		await bench[state]();
		const {began, done, answered, parts, after} = await work();
		const request = {
			seconds: (answered - began) / 1000,
			parts: [...parts, ...after],
			milestones: await milestones(bench, began),
		};
		return {prepared: {seconds: (done - began) / 1000, parts}, request, bare: request};
	};
	return {ours: turn(() => ours(bench, skipped)), theirs: turn(() => theirs(bench, script))};
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
	open: async () => sides(await bench(), 'prepared', 'init.sh', asKubeadm),
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
	open: async () => sides(await bench(), 'prepared', 'init.sh', untilApplied),
};

export const bareNode: Scenario = {
	measures: [
		measure('bare', 'bare node to the first answered request', 'the documented steps as a script, kubeadm, kubectl', 0.5),
	],
	open: async () => sides(await bench(), 'bare', 'bare.sh', untilApplied),
};
