/** One node, whatever it is made of: booted in its own cgroups, waited for, and cut from its power. */
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {emptyCgroups, makeCgroups} from './cgroups.ts';
import {machineOf} from './kinds.ts';
import {consoleOf} from './personal.ts';
import {alive, end, type Process, startTimeOf, until} from './processes.ts';
import type {LabRecord, NodeRecord} from './record.ts';

/** Starts a node; `booted` tells when its ssh is open for everybody. */
export async function boot(lab: LabRecord, node: NodeRecord, position: number): Promise<Process> {
	const log = consoleOf(lab.name, node.name);
	rmSync(log, {force: true});
	writeFileSync(log, '', {mode: 0o600});
	const process = await machineOf(node).start(lab, node, position, makeCgroups(lab.name, node.name));
	return {...process, startTime: startTimeOf(process.pid) ?? process.startTime};
}

/** What its console said last. */
export const lastWords = (lab: LabRecord, node: NodeRecord): string =>
	readFileSync(consoleOf(lab.name, node.name), 'utf8').trim().split('\n').slice(-15).join('\n');

export async function booted(lab: LabRecord, node: NodeRecord, process: Process): Promise<void> {
	const reached = () => {
		if (!alive(process)) throw new Error(`${node.name} has ended while booting:\n${lastWords(lab, node)}`);
		return machineOf(node).hasBooted(lab.name, node.name);
	};
	await until(reached, 60_000, `${node.name} to boot`);
	await until(() => answers(node.address), 10_000, `ssh on ${node.name}`);
}

function answers(address: string): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({host: address, port: 22, timeout: 1000});
		const done = (yes: boolean) => {
			socket.destroy();
			resolve(yes);
		};
		socket.once('data', () => done(true));
		socket.once('error', () => done(false));
		socket.once('timeout', () => done(false));
	});
}

/** Cuts a node's power, whatever state it is in. */
export async function powerCut(lab: LabRecord, node: NodeRecord): Promise<void> {
	await end(lab.machines[node.name], 'SIGKILL');
	await emptyCgroups(lab.name, node.name);
}
