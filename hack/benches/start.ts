/** How long the program takes to say its version or its help, against the same node doing nothing. */
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run} from '../laboratory/command.ts';
import {repository} from '../laboratory/places.ts';
import type {Sample} from './figures.ts';
import type {Scenario, Turn} from './scenario.ts';

async function sample(argv: readonly string[]): Promise<Sample> {
	const began = performance.now();
	await run([execPath, ...argv]);
	return {amount: (performance.now() - began) / 1000, parts: []};
}

const against = '`node -e 0`';

export const start: Scenario = {
	measures: [
		{name: 'version', row: 'start', work: '`kubestrap version`', against, goal: 1.2},
		{name: 'help', row: 'start', work: '`kubestrap --help`', against, goal: 2},
	],
	repeat: 15,
	async open() {
		const main = join(repository, 'dist/main.js');
		const ours: Turn = async () => ({version: await sample([main, 'version']), help: await sample([main, '--help'])});
		const theirs: Turn = async () => {
			const nothing = await sample(['-e', '0']);
			return {version: nothing, help: nothing};
		};
		// The first start ever fills the cache of compiled code.
		await run([execPath, main, '--help']);
		return {ours, theirs};
	},
};
