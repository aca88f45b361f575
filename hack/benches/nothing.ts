/** Making it so where it is so already: how long that takes, and that it writes nothing. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {verbs} from '../../src/commands/verbs.ts';
import {run, tell} from '../laboratory/command.ts';
import {until} from '../laboratory/processes.ts';
import {eventParts} from './marks.ts';
import {type Bench, openBench} from './nodes.ts';
import type {Scenario} from './scenario.ts';
import {differences} from './traces.ts';

// A second init is the same walk; it stands in as long as there is no apply.
const verb = verbs.some(({name}) => name === 'apply') ? 'apply' : 'init';

const script = readFileSync(join(import.meta.dirname, 'traces.sh'), 'utf8');

/** What every node shows of writes, node by node. */
async function traces({nodes, sshTo}: Bench): Promise<string[]> {
	const seen = await Promise.all(nodes.map((node) => run([...sshTo(node), 'sh -s'], {stdin: script})));
	return seen.flatMap(({stdout}, index) =>
		stdout.split('\n').flatMap((line) => (line === '' ? [] : [`${nodes[index]} ${line}`])),
	);
}

/** Waits until nobody else writes any more: add-ons may still be on their way, and their owners count them. */
async function calm(bench: Bench): Promise<void> {
	const ready = 'kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for=condition=Ready pods --all -A --timeout=120s';
	await bench.onNode(bench.nodes[0]!, ready);
	let seen = await traces(bench);
	const isSame = async () => {
		const before = seen;
		seen = await traces(bench);
		return differences(before, seen).length === 0;
	};
	await until(isSame, 120_000, 'the cluster to be calm');
}

const work = `\`kubestrap ${verb}\` with nothing to do, 5 nodes`;

export const nothingToDo: Scenario = {
	measures: [
		{name: 'apply', row: 'apply', work, against: '–', goal: 3},
		{
			name: 'writes',
			row: 'apply',
			work: 'the same: files, units, locks, journals and objects that it touched',
			against: '–',
			goal: 0,
			unit: 'writes',
		},
	],
	repeat: 2,
	async open() {
		const bench = await openBench({controlPlanes: 3, workers: 2});
		const kubeconfig = join(bench.scratch, 'admin.conf');
		await bench.bare();
		await bench.kubestrap('init', '--kubeconfig', kubeconfig);
		await calm(bench);
		const ours = async () => {
			const before = await traces(bench);
			const began = Date.now();
			const {stdout} = await bench.kubestrap(verb, '-o', 'json');
			const ended = Date.now();
			const touched = differences(before, await traces(bench));
			if (touched.length > 0) tell(`  touched:\n${touched.map((line) => `    ${line}`).join('\n')}`);
			return {
				apply: {amount: (ended - began) / 1000, parts: eventParts(stdout, began, ended)},
				writes: {amount: touched.length, parts: []},
			};
		};
		return {ours};
	},
};
