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
		{name: 'plan', row: 'plan', work: '`kubestrap plan` with nothing to do, 5 nodes', against: '–', goal: 3},
		{name: 'planWrites', row: 'plan', work: 'the same: what it touched', against: '–', goal: 0, unit: 'writes'},
	],
	repeat: 2,
	async open() {
		const bench = await openBench({controlPlanes: 3, workers: 2});
		const kubeconfig = join(bench.scratch, 'admin.conf');
		await bench.bare();
		await bench.kubestrap('init', '--kubeconfig', kubeconfig);
		await calm(bench);
		/** A verb by the clock, and what it touched. */
		const timed = async (word: string) => {
			const before = await traces(bench);
			const began = Date.now();
			const {stdout} = await bench.kubestrap(word, '-o', 'json');
			const ended = Date.now();
			const touched = differences(before, await traces(bench));
			if (touched.length > 0) tell(`  ${word} touched:\n${touched.map((line) => `    ${line}`).join('\n')}`);
			return {stdout, began, ended, seconds: (ended - began) / 1000, writes: {amount: touched.length, parts: []}};
		};
		const ours = async () => {
			const {stdout, began, ended, seconds, writes} = await timed(verb);
			const planned = await timed('plan');
			return {
				apply: {amount: seconds, parts: eventParts(stdout, began, ended)},
				writes,
				plan: {amount: planned.seconds, parts: []},
				planWrites: planned.writes,
			};
		};
		return {ours};
	},
};
