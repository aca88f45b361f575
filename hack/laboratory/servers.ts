/** A lab's two servers on its own address: the release mirror and the registry. */
import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run} from './command.ts';
import {alive, end, type Process, start, until} from './processes.ts';
import {folderOf, type LabRecord, plan, readRecord, writeRecord} from './record.ts';
import {registryAnswers, startRegistry} from './registry.ts';
import {filesLink, type Store} from './store.ts';

export const mirrorLogOf = (lab: string) => join(folderOf(lab), 'mirror.log');

function startMirror(lab: LabRecord): Process {
	const program = join(import.meta.dirname, 'mirror.ts');
	const argv = [execPath, program, filesLink(lab.name), plan(lab).host, '8080', mirrorLogOf(lab.name)];
	return start(argv, join(folderOf(lab.name), 'mirror.out'));
}

async function mirrorAnswers(lab: LabRecord): Promise<void> {
	const {binaries} = plan(lab);
	const probe = () =>
		fetch(binaries).then(
			() => true,
			() => false,
		);
	await until(probe, 20_000, `the mirror on ${binaries}`);
}

/** Lays down what is served, and the lock file beside it. */
export async function layOut(lab: LabRecord, {files, lock}: Store): Promise<void> {
	copyFileSync(lock, join(folderOf(lab.name), 'kubestrap.lock'));
	await run(['ln', '-sfn', files, filesLink(lab.name)]);
}

/** Starts both; answers the record that knows them. */
export async function startServers(lab: LabRecord, {registry: storage}: Store): Promise<LabRecord> {
	const folder = folderOf(lab.name);
	const listen = `${plan(lab).host}:5000`;
	const mirror = startMirror(lab);
	const registry = startRegistry({folder, storage, listen, readonly: true});
	const record = writeRecord({...lab, mirror, registry});
	await Promise.all([mirrorAnswers(lab), registryAnswers(listen, registry)]);
	return record;
}

export async function endServers(lab: LabRecord): Promise<void> {
	await Promise.all([end(lab.mirror, 'SIGKILL'), end(lab.registry, 'SIGKILL')]);
}

/** A dead mirror, and one that is back. */
export async function switchMirror(name: string, on: boolean): Promise<void> {
	const lab = readRecord(name);
	if (lab === undefined || alive(lab.mirror) === on) return;
	if (!on) return end(lab.mirror);
	writeRecord({...lab, mirror: startMirror(lab)});
	await mirrorAnswers(lab);
}
