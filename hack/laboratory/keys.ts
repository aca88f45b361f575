/** A lab's keys and passwords, made once per lab and kept in its folder. */
import {createHash, randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {run} from './command.ts';
import {folderOf} from './record.ts';

/** The key that all users of all nodes accept. */
export const identityOf = (lab: string) => join(folderOf(lab), 'id_ed25519');
export const hostKeyOf = (lab: string, node: string) => join(folderOf(lab), 'host-keys', node);
/** The password of the user `carol`, who has sudo with a password. */
export const passwordFileOf = (lab: string) => join(folderOf(lab), 'carol.password');

export const passwordHashOf = (lab: string) => readFileSync(`${passwordFileOf(lab)}.hash`, 'utf8').trim();

async function keyPair(file: string, comment: string): Promise<void> {
	if (existsSync(file)) return;
	mkdirSync(dirname(file), {recursive: true, mode: 0o700});
	await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
}

export async function makeKeys(lab: string, nodes: readonly string[]): Promise<void> {
	await keyPair(identityOf(lab), `kubestrap-lab-${lab}`);
	await Promise.all(nodes.map((node) => keyPair(hostKeyOf(lab, node), node)));
	if (existsSync(`${passwordFileOf(lab)}.hash`)) return;
	const password = randomBytes(18).toString('base64url');
	const hash = await run(['openssl', 'passwd', '-6', '-stdin'], {stdin: `${password}\n`});
	writeFileSync(passwordFileOf(lab), `${password}\n`, {mode: 0o600});
	writeFileSync(`${passwordFileOf(lab)}.hash`, hash.stdout, {mode: 0o600});
}

/** A known_hosts file with every node's key, for OpenSSH. */
export function writeKnownHosts(lab: string, nodes: readonly {readonly name: string; readonly address: string}[]): void {
	const lines = nodes.map(
		({name, address}) =>
			`${address} ${readFileSync(`${hostKeyOf(lab, name)}.pub`, 'utf8')
				.split(' ')
				.slice(0, 2)
				.join(' ')}\n`,
	);
	writeFileSync(join(folderOf(lab), 'known_hosts'), lines.join(''));
}

/** What OpenSSH's ssh is told to reach a node: flags, and who where. */
export function sshArguments(lab: string, {address}: {readonly address: string}, user: string): string[] {
	const settings = [
		'StrictHostKeyChecking=yes',
		`UserKnownHostsFile=${join(folderOf(lab), 'known_hosts')}`,
		'IdentitiesOnly=yes',
		'LogLevel=ERROR',
		// A node without power does not even refuse.
		'ConnectTimeout=10',
	];
	return [...settings.flatMap((each) => ['-o', each]), '-i', identityOf(lab), `${user}@${address}`];
}

/** As `ssh-keygen -l` shows it: SHA256 of the key's blob, base64 without padding. */
export function fingerprintOf(lab: string, node: string): string {
	const [, blob = ''] = readFileSync(`${hostKeyOf(lab, node)}.pub`, 'utf8').split(' ');
	return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
