/** One side's making of a cluster: its command, then its workload, until that was heard. */
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run as command} from '../laboratory/command.ts';
import {repository} from '../laboratory/places.ts';
import {until} from '../laboratory/processes.ts';
import type {Part, Sample} from './figures.ts';
import {documented} from './kit.ts';
import {eventParts, type Mark, stretches} from './marks.ts';
import {milestonesIn} from './milestones.ts';
import type {Bench} from './nodes.ts';

const patience = 300;

/** What is asked for at the end: a Service by name and DNS server, or by address; and which answers have to be heard, on each node. */
export type End = {
	readonly workload: string;
	readonly service: string;
	readonly dns: string;
	readonly answers: 'any' | 'every node';
};

/** One pod on the only node, by its Service's name. */
export const onePod: End = {
	workload: 'workload.yaml',
	service: 'web.default.svc.cluster.local',
	dns: '10.96.0.10',
	answers: 'any',
};
/** A pod on each node; each node hears all of them through the Service. */
export const podOnEach: End = {workload: 'everywhere.yaml', service: '10.96.0.80', dns: '-', answers: 'every node'};

/** When the last node had heard what it has to, in ms since 1970. Begins to ask at once, for either side. */
export async function heard({nodes, namespaces}: Bench, {service, dns, answers}: End): Promise<number> {
	const wanted = answers === 'any' ? [] : nodes;
	const argv = [execPath, join(import.meta.dirname, 'observe.ts'), service, dns, String(patience), ...wanted];
	const observers = Object.values(namespaces).map((namespace) => command(['ip', 'netns', 'exec', namespace, ...argv]));
	const times = await Promise.all(observers);
	return Math.max(...times.map(({stdout}) => Number(stdout)));
}

/** Moments in ms since 1970; what was before and after the end of the command. */
export type Run = {
	readonly began: number;
	readonly done: number;
	readonly heard: number;
	readonly parts: readonly Part[];
	readonly after: readonly Part[];
};

/** `init` over SSH from this machine without some phases, then kubectl from this machine, as its operator would. */
export async function ours(bench: Bench, skipped: string, end: End): Promise<Run> {
	const own = mkdtempSync(join(bench.scratch, 'run-'));
	const kubeconfig = join(own, 'admin.conf');
	const kubectl = (
		await command([join(repository, 'hack/lab'), 'component', 'kubectl', bench.lab.kubernetesVersion])
	).stdout.trim();
	const last = listen(bench, end);
	const began = Date.now();
	const {stdout} = await bench.kubestrap('init', '--skip-phases', skipped, '--kubeconfig', kubeconfig, '-o', 'json');
	const done = Date.now();
	const apply = [kubectl, '--kubeconfig', kubeconfig, 'apply', '-f', join(documented, end.workload)];
	// The namespace's service account may be a moment late.
	const applied = async () => (await command(apply, {mayFail: true, env: {HOME: own}})).code === 0;
	await until(applied, patience * 1000, 'the workload to be accepted');
	const marks = [
		{name: 'init', at: done},
		{name: 'kubectl apply: workload', at: Date.now()},
		{name: 'first answer', at: await last},
	];
	return {began, done, heard: await last, parts: eventParts(stdout, began, done), after: stretches(marks)};
}

/** As `heard`. Whoever waits for it hears of its failure; when the command fails first, nobody waits. */
export function listen(bench: Bench, end: End): Promise<number> {
	const last = heard(bench, end);
	last.catch(() => undefined);
	return last;
}

/** A rival's run from its marks: the command ends at one of them. */
export function runOf(marks: readonly Mark[], command: string, last: number): Run {
	const all = [...marks, {name: 'first answer', at: last}];
	const end = all.findIndex(({name}) => name === command);
	const parts = stretches(all);
	return {began: all[0]!.at, done: all[end]!.at, heard: last, parts: parts.slice(0, end), after: parts.slice(end)};
}

/** The figure up to the end, with all its parts and what the cluster itself says about its beginning. */
export async function untilHeard(bench: Bench, {began, heard: last, parts, after}: Run): Promise<Sample> {
	const get = 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes,pods --all-namespaces -o json';
	const {stdout} = await bench.onNode(bench.nodes[0]!, get);
	const milestones = milestonesIn(stdout, bench.nodes.length === 1 ? 'first' : 'last');
	return {
		amount: (last - began) / 1000,
		parts: [...parts, ...after],
		milestones: milestones.map(({name, at}) => ({name, seconds: (at - began) / 1000})),
	};
}
