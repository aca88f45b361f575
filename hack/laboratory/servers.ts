/** A lab's servers on its own address: the release mirror, the registry, and a second one that is laid out as aliyun's. */
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {readLock, writeLock} from '../../src/artifacts/lock.ts';
import {aliyunFolder, aliyunName, makeAliyun} from './aliyun.ts';
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

export const aliyunOf = (lab: string) => join(folderOf(lab), 'aliyun');
export const aliyunStorageOf = (lab: string) => join(aliyunOf(lab), 'storage');

/** What aliyun has and what a lock over it says: its manifests first, upstream's name last. */
function layOutAliyun(lab: LabRecord, {registry, lock}: Store): void {
	mkdirSync(aliyunOf(lab.name), {recursive: true});
	const known = readLock(readFileSync(lock, 'utf8'), {file: lock});
	const digests = makeAliyun(known.images, registry, aliyunStorageOf(lab.name));
	const {host} = new URL(plan(lab).aliyun);
	const images = Object.entries(known.images).map(([ref, image]) => {
		const there = digests[ref] && `${host}/${aliyunFolder}/${aliyunName(ref)}@${digests[ref]}`;
		return [ref, {...image, from: [...(there ? [there] : []), ...image.from]}] as const;
	});
	writeFileSync(join(folderOf(lab.name), 'aliyun.lock'), writeLock({...known, images: Object.fromEntries(images)}));
}

/** Lays down what is served, and the lock files beside it. */
export async function layOut(lab: LabRecord, supplies: Store): Promise<void> {
	const {files, lock} = supplies;
	copyFileSync(lock, join(folderOf(lab.name), 'kubestrap.lock'));
	layOutAliyun(lab, supplies);
	await run(['ln', '-sfn', files, filesLink(lab.name)]);
}

/** Starts them; answers the record that knows them. */
export async function startServers(lab: LabRecord, {registry: storage}: Store): Promise<LabRecord> {
	const folder = folderOf(lab.name);
	const listen = `${plan(lab).host}:5000`;
	const mirror = startMirror(lab);
	const registry = startRegistry({folder, storage, listen, readonly: true});
	const {host: there} = new URL(plan(lab).aliyun);
	const aliyun = startRegistry({
		folder: aliyunOf(lab.name),
		storage: aliyunStorageOf(lab.name),
		listen: there,
		readonly: true,
	});
	const record = writeRecord({...lab, mirror, registry, aliyun});
	const answers = [registryAnswers(listen, registry), registryAnswers(there, aliyun)];
	await Promise.all([mirrorAnswers(lab), ...answers]);
	return record;
}

export async function endServers(lab: LabRecord): Promise<void> {
	await Promise.all([lab.mirror, lab.registry, lab.aliyun].map((process) => end(process, 'SIGKILL')));
}

/** Nothing is served any more. */
export async function silence(name: string): Promise<void> {
	const lab = readRecord(name);
	if (lab !== undefined) await endServers(lab);
}

/** A dead mirror, and one that is back. */
export async function switchMirror(name: string, on: boolean): Promise<void> {
	const lab = readRecord(name);
	if (lab === undefined || alive(lab.mirror) === on) return;
	if (!on) return end(lab.mirror);
	writeRecord({...lab, mirror: startMirror(lab)});
	await mirrorAnswers(lab);
}
