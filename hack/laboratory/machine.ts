/** One node: a fresh copy of the tree with its names and keys, booted by systemd-nspawn in its own cgroups and network namespace. */
import {appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {emptyCgroups, makeCgroups} from './cgroups.ts';
import {run} from './command.ts';
import {hostKeyOf, identityOf, passwordHashOf} from './keys.ts';
import {alive, end, type Process, start, startTimeOf, until} from './processes.ts';
import {folderOf, type LabRecord, type NodeRecord, plan} from './record.ts';
import {rootfs} from './rootfs.ts';
import {filesLink} from './store.ts';

export const nodeFolder = (lab: string, node: string) => join(folderOf(lab), 'nodes', node);
export const treeOf = (lab: string, node: string) => join(nodeFolder(lab, node), 'root');
const consoleOf = (lab: string, node: string) => join(nodeFolder(lab, node), 'console.log');
/** Written by the node's unit lab-ready once everything has started. */
const readyFile = (lab: string, node: string) => join(treeOf(lab, node), 'var/tmp/lab-booted');

/** Throws away what a node was and lays down a fresh tree. Its host key stays: configs pin it. */
export async function layDown(lab: LabRecord, node: NodeRecord): Promise<void> {
	const tree = treeOf(lab.name, node.name);
	const from = await rootfs();
	mkdirSync(nodeFolder(lab.name, node.name), {recursive: true, mode: 0o700});
	const old = `${tree}.old`;
	if (existsSync(tree)) renameSync(tree, old);
	await Promise.all([run(['rm', '-rf', '--one-file-system', old]), run(['cp', '-a', '--reflink=auto', from, tree])]);
	const write = (path: string, text: string, mode = 0o644) => {
		writeFileSync(join(tree, path), text, {mode});
		chmodSync(join(tree, path), mode);
	};
	write('etc/hostname', `${node.name}\n`);
	write('etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${node.name}\n::1 localhost ip6-localhost ip6-loopback\n`);
	// Nothing listens there: names outside the cluster fail at once, as they do behind an air gap.
	write('etc/resolv.conf', `nameserver ${plan(lab).host}\noptions timeout:1 attempts:1\n`);
	// As a company's own mirror of Debian would be trusted: what is served there is signed anew.
	write('etc/apt/trusted.gpg.d/lab.asc', readFileSync(join(filesLink(lab.name), 'lab.asc'), 'utf8'));
	const hostKey = hostKeyOf(lab.name, node.name);
	write('etc/ssh/ssh_host_ed25519_key', readFileSync(hostKey, 'utf8'), 0o600);
	write('etc/ssh/ssh_host_ed25519_key.pub', readFileSync(`${hostKey}.pub`, 'utf8'));
	const shadow = readFileSync(join(tree, 'etc/shadow'), 'utf8').replace(/^carol:[^:]*:/m, `carol:${passwordHashOf(lab.name)}:`);
	write('etc/shadow', shadow, 0o640);
	const publicKey = readFileSync(`${identityOf(lab.name)}.pub`, 'utf8');
	for (const [user, home, id] of [
		['root', 'root', 0],
		['debian', 'home/debian', 1000],
		['carol', 'home/carol', 1001],
	] as const) {
		mkdirSync(join(tree, home, '.ssh'), {recursive: true, mode: 0o700});
		write(join(home, '.ssh/authorized_keys'), publicKey, 0o600);
		if (user !== 'root') await run(['chown', '-R', `${id}:${id}`, join(tree, home)]);
	}
}

/** Mount namespace of its own, so that nspawn's place for tmpfs leaves nothing on the host; then into the cgroups, and become nspawn. */
const enter = `mount -t tmpfs tmpfs /run/systemd/nspawn || exit 1
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done
shift
exec "$@"`;

function nspawn(lab: LabRecord, node: NodeRecord, position: number): string[] {
	return [
		'systemd-nspawn',
		'--quiet',
		`--directory=${treeOf(lab.name, node.name)}`,
		'--boot',
		'--register=no',
		'--keep-unit',
		`--network-namespace-path=/run/netns/${plan(lab).node(position).namespace}`,
		'--capability=all',
		'--system-call-filter=@keyring bpf perf_event_open',
		'--bind=/dev/kmsg',
		'--resolv-conf=off',
		'--timezone=off',
		'--link-journal=no',
		`--machine=${lab.name}-${node.name}`,
		`--hostname=${node.name}`,
		'--console=pipe',
	];
}

/** Starts a node; `booted` tells when its ssh is open for everybody. */
export function boot(lab: LabRecord, node: NodeRecord, position: number): Process {
	mkdirSync('/run/systemd/nspawn', {recursive: true});
	const log = consoleOf(lab.name, node.name);
	for (const file of [log, readyFile(lab.name, node.name)]) rmSync(file, {force: true});
	appendFileSync(log, '', {mode: 0o600});
	const cgroups = makeCgroups(lab.name, node.name);
	const argv = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh', ...cgroups, '--'];
	const process = start([...argv, ...nspawn(lab, node, position)], log, {SYSTEMD_NSPAWN_API_VFS_WRITABLE: '1'});
	return {...process, startTime: startTimeOf(process.pid) ?? process.startTime};
}

export async function booted(lab: LabRecord, node: NodeRecord, process: Process): Promise<void> {
	const log = consoleOf(lab.name, node.name);
	const reached = () => {
		const said = () => readFileSync(log, 'utf8').trim().split('\n').slice(-15).join('\n');
		if (!alive(process)) throw new Error(`${node.name} has ended while booting:\n${said()}`);
		return existsSync(readyFile(lab.name, node.name));
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

/** Pulls the plug of a node, whatever state it is in. */
export async function unplug(lab: LabRecord, node: NodeRecord): Promise<void> {
	await end(lab.machines[node.name], 'SIGKILL');
	await emptyCgroups(lab.name, node.name);
}
