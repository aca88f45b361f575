/** Private OpenSSH servers on loopback, each with its own keys, log and, when asked, its own users and sudoers. */
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {getuid} from 'node:process';
import test, {type Implementation} from 'ava';
import {freePort} from '../../hack/laboratory/free-port.ts';
import {testFolder} from '../folder.ts';

/** Why the tests that need a real sshd cannot run here; undefined when they can. */
export const missing =
	getuid?.() !== 0
		? 'not root: no private sshd'
		: existsSync('/usr/sbin/sshd')
			? undefined
			: 'openssh-server is not installed (apt-get install openssh-server)';

export const missingSudo = missing ?? (existsSync('/usr/bin/sudo') ? undefined : 'sudo is not installed (apt-get install sudo)');

type Declare = (title: string, body: Implementation<[]>) => void;

/** Declares tests that need something of this machine; without it they are skipped under a title that says why. */
export function realTests(lacking: string | undefined): Declare {
	return lacking === undefined ? test : (title) => test.skip(`${title} (SKIPPED: ${lacking})`, () => {});
}

export type Sshd = {
	readonly port: number;
	readonly folder: string;
	/** Private key that the server lets in. */
	readonly identityFile: string;
	/** Public key line of the server's key of a type. */
	readonly hostKey: (type: 'ed25519' | 'rsa' | 'ecdsa') => string;
	readonly log: () => string;
	readonly stop: () => void;
};

export type SshdOptions = {
	/** Lines for sshd_config. */
	readonly config?: readonly string[];
	readonly hostKeyTypes?: readonly ('ed25519' | 'rsa' | 'ecdsa')[];
	/** Makes a user of this name, seen by this server alone (a mount namespace of its own), with these sudoers lines. */
	readonly user?: {readonly name: string; readonly password: string; readonly sudoers: string; readonly shell?: string};
	readonly port?: number;
};

export async function startSshd({
	config = [],
	hostKeyTypes = ['ed25519', 'rsa', 'ecdsa'],
	user,
	port: fixed,
}: SshdOptions = {}): Promise<Sshd> {
	const folder = testFolder();
	mkdirSync('/run/sshd', {recursive: true});
	for (const type of hostKeyTypes) keygen(join(folder, `host_${type}`), type);
	const identityFile = join(folder, 'identity');
	keygen(identityFile, 'ed25519');
	writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${identityFile}.pub`));
	const port = fixed ?? (await freePort());
	const file = join(folder, 'sshd_config');
	const lines = [
		...config,
		`ListenAddress 127.0.0.1:${port}`,
		...hostKeyTypes.map((type) => `HostKey ${join(folder, `host_${type}`)}`),
		`AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
		'StrictModes no',
		'UsePAM no',
		'PasswordAuthentication no',
		'KbdInteractiveAuthentication no',
		'PermitRootLogin yes',
		'PidFile none',
		'LogLevel DEBUG1',
	];
	writeFileSync(file, `${lines.join('\n')}\n`);
	const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', file];
	const child =
		user === undefined
			? spawn(sshd[0]!, sshd.slice(1))
			: spawn('unshare', ['-m', '/bin/sh', '-e', ownUsers(folder, user), ...sshd]);
	let log = '';
	child.stderr!.on('data', (chunk) => {
		log += chunk;
	});
	child.stdout!.on('data', (chunk) => {
		log += chunk;
	});
	await listening(port, child, () => log);
	return {
		port,
		folder,
		identityFile,
		hostKey: (type) => readFileSync(join(folder, `host_${type}.pub`), 'utf8').trim(),
		log: () => log,
		stop: () => {
			child.kill('SIGTERM');
			rmSync(folder, {recursive: true, force: true});
		},
	};
}

export function keygen(file: string, type: string, passphrase = ''): void {
	execFileSync('ssh-keygen', [
		'-q',
		'-t',
		type,
		...(type === 'rsa' ? ['-b', '2048'] : []),
		'-N',
		passphrase,
		'-C',
		'test',
		'-f',
		file,
	]);
}

/** Writes the script that lays own passwd, group, shadow and sudoers over the machine's, for its children only. */
function ownUsers(folder: string, {name, password, sudoers, shell = '/bin/bash'}: NonNullable<SshdOptions['user']>): string {
	const crypted = execFileSync('openssl', ['passwd', '-6', '-stdin'], {input: password, encoding: 'utf8'}).trim();
	const home = join(folder, 'home');
	mkdirSync(home);
	mkdirSync(join(folder, 'sudoers.d'));
	execFileSync('chown', ['-R', '4711:4711', home]);
	execFileSync('chmod', ['755', folder]);
	const laid: [string, string, number][] = [
		['/etc/passwd', `${readFileSync('/etc/passwd', 'utf8')}${name}:x:4711:4711::${home}:${shell}\n`, 0o644],
		['/etc/group', `${readFileSync('/etc/group', 'utf8')}${name}:x:4711:\n`, 0o644],
		['/etc/shadow', `${readFileSync('/etc/shadow', 'utf8')}${name}:${crypted}:19000:0:99999:7:::\n`, 0o640],
		['/etc/sudoers', `${sudoers}\n`, 0o440],
	];
	const mounts = laid.map(([path, text, mode]) => {
		const copy = join(folder, path.slice('/etc/'.length));
		writeFileSync(copy, text, {mode});
		return `mount --bind ${copy} ${path}`;
	});
	const script = join(folder, 'own-users.sh');
	writeFileSync(
		script,
		[
			...mounts,
			`mount --bind ${join(folder, 'sudoers.d')} /etc/sudoers.d`,
			'mount -t tmpfs none /var/lib/sudo',
			'exec "$@"',
			'',
		].join('\n'),
	);
	return script;
}

/** Settles when the server accepts connections: asked again after each refusal, as long as the process lives. */
async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
	let dead = false;
	child.once('exit', () => {
		dead = true;
	});
	for (;;) {
		const up = await new Promise<boolean>((resolve) => {
			const socket = connect(port, '127.0.0.1', () => {
				socket.destroy();
				resolve(true);
			});
			socket.once('error', () => setImmediate(resolve, false));
		});
		if (up) return;
		if (dead) throw new Error(`sshd did not start: ${log()}`);
	}
}
