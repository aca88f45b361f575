/** What makes a copy of the plain tree this node: its names, keys and passwords. */
import {chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {run} from './command.ts';
import {hostKeyOf, identityOf, passwordHashOf} from './keys.ts';
import {folderOf, type LabRecord, type NodeRecord, plan} from './record.ts';
import {filesLink} from './store.ts';

export const nodeFolder = (lab: string, node: string) => join(folderOf(lab), 'nodes', node);
export const treeOf = (lab: string, node: string) => join(nodeFolder(lab, node), 'root');
export const consoleOf = (lab: string, node: string) => join(nodeFolder(lab, node), 'console.log');

/** Throws away what a node was and lays down a fresh tree. Its host key stays: configs pin it. `more` is path → text. */
export async function layTree(
	lab: LabRecord,
	node: NodeRecord,
	from: string,
	more: Readonly<Record<string, string>> = {},
): Promise<string> {
	const tree = treeOf(lab.name, node.name);
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
	for (const [path, text] of Object.entries(more)) write(path, text);
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
	return tree;
}
