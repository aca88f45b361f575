/** Preflight of fifty machines: an SSH server for each, with an address of its own that the others reach, in a network that is nobody else's. */
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run} from '../laboratory/command.ts';
import type {Scenario} from './scenario.ts';

const count = 50;
const network = '172.30.99.';
const stage = `ip link set lo up mtu 1500 && for n in $(seq 1 ${count}); do ip addr add ${network}$n/32 dev lo || exit; done; exec "$@"`;

export const fifty: Scenario = {
	measures: [
		{
			name: 'preflight',
			row: 'preflight',
			work: `\`kubestrap preflight\` of ${count} simulated machines (SSH servers on this one), every way between them tried`,
			against: '–',
			goal: 5,
		},
	],
	async open() {
		const inside = join(import.meta.dirname, 'fifty-inside.ts');
		return {
			ours: async () => {
				const argv = ['unshare', '-n', 'sh', '-c', stage, 'sh', execPath, inside, String(count), network];
				const {seconds}: {seconds: number} = JSON.parse((await run(argv)).stdout);
				return {preflight: {amount: seconds, parts: []}};
			},
		};
	},
};
