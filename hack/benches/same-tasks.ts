/** Ten guarded tasks on 20 real SSH servers on loopback: where everything is to be done, and again where nothing is. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run} from '../laboratory/command.ts';
import {ansibleVersion, openAnsible} from './ansible.ts';
import {bundled, compiled} from './bundle.ts';
import type {Sample} from './figures.ts';
import type {Measure, Scenario, Turn} from './scenario.ts';
import {type Servers, startServers} from './sshds.ts';
import {tasks} from './ten-tasks.ts';

const count = 20;

/** A config for these servers, as an operator would write it. */
export function configFor({servers, identityFile}: Pick<Servers, 'servers' | 'identityFile'>): string {
	const nodes = servers.map(({name, address, port, hostKey}, index) => ({
		name,
		role: index === 0 ? 'control-plane' : 'worker',
		address,
		hostKey,
		ssh: {port},
	}));
	const spec = {ssh: {user: 'root', identityFile}, nodes};
	return `${JSON.stringify({apiVersion: 'kubestrap.dev/v1', kind: 'Cluster', metadata: {name: 'bench'}, spec})}\n`;
}

/** What lies on a server after the tasks: type, mode, owner, size, target and name of everything, and the sums of the files. */
async function left(srv: string): Promise<string> {
	const script = `cd "$1" && find . -path ./.ansible -prune -o -printf '%y %m %u:%g %l %p\\n' | sort && find . -path ./.ansible -prune -o -type f -exec sha256sum {} + | sort`;
	return (await run(['sh', '-c', script, 'sh', srv])).stdout;
}

/** A side's way: plays the tasks once and tells how many changed something on all hosts together. */
type Way = {readonly play: () => Promise<number>; readonly after?: () => Promise<void>};

function turn(servers: Servers, {play, after}: Way): Turn {
	const timed = async (expected: number): Promise<Sample> => {
		const began = performance.now();
		const changed = await play();
		const amount = (performance.now() - began) / 1000;
		if (changed !== expected) throw new Error(`${changed} tasks changed something, not ${expected}`);
		return {amount, parts: []};
	};
	return async () => {
		servers.clear();
		for (const {srv} of servers.servers) writeFileSync(join(srv, 'old.conf'), 'from earlier days\n');
		const all = await timed(count * tasks.length);
		const none = await timed(0);
		await after?.();
		return {tasks: all, again: none};
	};
}

const against = `ansible-core ${ansibleVersion}, 20 forks, pipelining`;
const measure = (name: string, work: string): Measure => ({name, row: 'ansible', work, against, goal: 0.05});

export const sameTasks: Scenario = {
	measures: [
		measure(
			'tasks',
			'ten guarded tasks on 20 SSH servers on loopback, all of them to be done (`systemd-run` played by a script)',
		),
		measure('again', 'the same again, nothing to be done'),
	],
	async open() {
		const folder = mkdtempSync(join(tmpdir(), 'ks-'));
		const bundle = await bundled('same-tasks-ours');
		const servers = await startServers(folder, count);
		const close = async () => {
			await servers.stop();
			rmSync(folder, {recursive: true});
		};
		try {
			const config = join(folder, 'cluster.yaml');
			writeFileSync(config, configFor(servers));
			const ansible = await openAnsible(folder, servers);
			const mine = async () => {
				const {stdout} = await run([execPath, bundle, config], {env: compiled});
				return Number(/changed (\d+)/.exec(stdout)?.[1]);
			};
			const ours = turn(servers, {play: mine});
			const theirs = turn(servers, {play: ansible.play, after: ansible.hangUp});
			// The first start ever fills the cache of compiled code; and both have to leave the same.
			await ours();
			const {srv} = servers.servers[0]!;
			const our = await left(srv);
			const compared: Turn = async () => {
				const samples = await theirs();
				const their = await left(srv);
				if (their !== our) throw new Error(`the sides did not leave the same:\n${our}\n${their}`);
				return samples;
			};
			return {ours, theirs: compared, close};
		} catch (error) {
			await close();
			throw error;
		}
	},
};
