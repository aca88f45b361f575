/** Clusters: from a command to its end, and on to the first answered request. */
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run} from '../laboratory/command.ts';
import {repository} from '../laboratory/places.ts';
import {eventParts, marksIn, stretches} from './marks.ts';
import {type Bench, openBench} from './node.ts';
import type {Measure, Scenario, Turn} from './scenario.ts';

const service = 'web.default.svc.cluster.local';
const dns = '10.96.0.10';
const patience = 300;

/** When the Service was answered for the first time, in ms since 1970. Begins to ask at once, for either side. */
async function firstAnswer({namespace}: Bench): Promise<number> {
	const argv = [join(import.meta.dirname, 'observe.ts'), service, dns, String(patience)];
	const {stdout} = await run(['ip', 'netns', 'exec', namespace, execPath, ...argv]);
	return Number(stdout);
}

/** `init` over SSH from this machine, then kubectl from this machine, as its operator would. */
async function ours(bench: Bench) {
	const own = mkdtempSync(join(bench.scratch, 'run-'));
	const kubeconfig = join(own, 'admin.conf');
	const kubectl = (await run([join(repository, 'hack/lab'), 'component', 'kubectl', bench.lab.kubernetesVersion])).stdout.trim();
	const answer = firstAnswer(bench);
	const began = Date.now();
	// kubeadm init does not wait until nodes are Ready; then this one does not either.
	const {stdout} = await bench.kubestrap('init', '--skip-phases', 'nodes-ready', '--kubeconfig', kubeconfig, '-o', 'json');
	const done = Date.now();
	const workload = join(import.meta.dirname, 'documented/workload.yaml');
	const apply = [kubectl, '--kubeconfig', kubeconfig, 'apply', '-f', workload];
	// The namespace's service account may be a moment late.
	while ((await run(apply, {mayFail: true, env: {HOME: own}})).code !== 0);
	const marks = [
		{name: 'init', at: done},
		{name: 'kubectl apply: workload', at: Date.now()},
		{name: 'first answer', at: await answer},
	];
	const parts = eventParts(stdout, began, done);
	return {began, init: done, answered: marks[2]!.at, parts, after: stretches(marks)};
}

/** A script on the node, which says itself when it begins and ends: that it was started over SSH is not counted. */
async function theirs(bench: Bench, script: string) {
	const answer = firstAnswer(bench);
	const {stdout} = await bench.onNode(`/root/bench/${script}`);
	const marks = [...marksIn(stdout), {name: 'first answer', at: await answer}];
	const began = marks[0]!.at;
	const init = marks.find(({name}) => name === 'kubeadm init')!.at;
	return {began, init, answered: await answer, parts: stretches(marks)};
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

function sides(where: Bench, state: 'bare' | 'prepared', script: string): {ours: Turn; theirs: Turn} {
	return {
		async ours() {
			await where[state]();
			const {began, init, answered, parts, after} = await ours(where);
			const request = {seconds: (answered - began) / 1000, parts: [...parts, ...after]};
			return {prepared: {seconds: (init - began) / 1000, parts}, request, bare: request};
		},
		async theirs() {
			await where[state]();
			const {began, init, answered, parts} = await theirs(where, script);
			const request = {seconds: (answered - began) / 1000, parts};
			return {prepared: {seconds: (init - began) / 1000, parts: parts.slice(0, 1)}, request, bare: request};
		},
	};
}

const measure = (name: string, work: string, against: string, goal: number): Measure => ({name, row: name, work, against, goal});

export const preparedNode: Scenario = {
	measures: [
		measure(
			'prepared',
			'init of one prepared node over SSH, flannel applied too',
			'`kubeadm init` typed on the node, without flannel',
			0.8,
		),
		measure(
			'request',
			'prepared node to the first answered request',
			'`kubeadm init`, then `kubectl apply` of the same flannel',
			0.6,
		),
	],
	open: async () => sides(await bench(), 'prepared', 'init.sh'),
};

export const bareNode: Scenario = {
	measures: [
		measure('bare', 'bare node to the first answered request', 'the documented steps as a script, kubeadm, kubectl', 0.5),
	],
	open: async () => sides(await bench(), 'bare', 'bare.sh'),
};
