/**
 * Real OpenSSH servers on loopback, each with a host key of its own, and folders of its own behind /var/lib, /run, /srv and root's home; that
 * behind /run is in memory, as a machine's is: on this machine's disk each small file there would cost what it costs nowhere else.
 * No systemd runs beside them, so `systemd-run` is played by a script that starts a process and nothing more. They end with whoever started them.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {run} from '../laboratory/command.ts';
import {until} from '../laboratory/processes.ts';

export type Server = {
	readonly name: string;
	readonly address: string;
	readonly port: number;
	/** Public key line. */
	readonly hostKey: string;
	/** What the server sees as /srv, on this machine. */
	readonly srv: string;
};

export type Servers = {
	readonly servers: readonly Server[];
	/** Private key that all of them let root in with. */
	readonly identityFile: string;
	readonly knownHosts: string;
	/** Empties the folders of all of them. */
	readonly clear: () => void;
	readonly stop: () => Promise<void>;
};

const port = 2222;
const parts = ['bin', 'lib', 'srv', 'home'];

const stage = `cd "$0" && mount --make-rprivate / && mount --bind bin /usr/local/sbin && mount --bind lib /var/lib &&
mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/sshd /run/systemd/system && mount --bind srv /srv && mount --bind passwd /etc/passwd && exec setpriv --pdeathsig TERM /usr/sbin/sshd -D -e -f sshd_config`;

const played: Readonly<Record<string, string>> = {
	'systemd-run': `for word; do case $word in --unit=*) unit=\${word#--unit=} ;; esac; done
while [ "$1" != /bin/sh ]; do shift; done
setsid "$@" </dev/null >/dev/null 2>&1 &
echo $! >"/run/pid.$unit"`,
	systemctl: `for unit; do :; done
read -r pid <"/run/pid.\${unit%.service}" 2>/dev/null && kill -0 "$pid" 2>/dev/null || pid=0
case $* in
'show -p MainPID'*) echo "$pid" ;;
is-active*) if [ "$pid" = 0 ]; then echo inactive; exit 3; fi; echo active ;;
esac`,
};

const keygen = (file: string) => run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', file]);

function lay(folder: string): void {
	for (const part of parts) mkdirSync(join(folder, part), {recursive: true});
	mkdirSync(join(folder, 'lib/kubestrap'));
	// A plain login: what this machine's root has in its profile would be paid for at each command.
	writeFileSync(
		join(folder, 'passwd'),
		`root:x:0:0:root:${join(folder, 'home')}:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n`,
	);
	for (const [tool, script] of Object.entries(played))
		writeFileSync(join(folder, 'bin', tool), `#!/bin/sh\n${script}\n`, {mode: 0o755});
}

/** What is mounted stays, what lies in it goes, as the server itself sees it. */
function empty({pid}: ChildProcess): void {
	for (const path of ['srv', 'run/kubestrap', 'var/lib/kubestrap']) {
		const folder = `/proc/${pid}/root/${path}`;
		mkdirSync(folder, {recursive: true});
		for (const name of readdirSync(folder)) rmSync(join(folder, name), {recursive: true});
	}
}

const answers = (address: string) =>
	new Promise<boolean>((resolve) => {
		const socket = connect(port, address, () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});

async function start(
	folder: string,
	name: string,
	address: string,
	authorized: string,
): Promise<{server: Server; child: ChildProcess}> {
	const own = join(folder, name);
	mkdirSync(own);
	lay(own);
	await keygen(join(own, 'host_key'));
	const lines = [
		`ListenAddress ${address}:${port}`,
		`HostKey ${join(own, 'host_key')}`,
		`AuthorizedKeysFile ${authorized}`,
		'StrictModes no',
		'UsePAM no',
		'UseDNS no',
		'PasswordAuthentication no',
		'KbdInteractiveAuthentication no',
		'PermitRootLogin prohibit-password',
		'PidFile none',
		'LogLevel ERROR',
	];
	writeFileSync(join(own, 'sshd_config'), `${lines.join('\n')}\n`);
	const child = spawn('unshare', ['-m', 'sh', '-c', stage, own], {stdio: ['ignore', 'ignore', openSync(join(own, 'log'), 'w')]});
	await until(async () => (await answers(address)) || child.exitCode !== null, 20_000, `sshd of ${name}`);
	const hostKey = readFileSync(join(own, 'host_key.pub'), 'utf8').trim();
	return {server: {name, address, port, hostKey, srv: join(own, 'srv')}, child};
}

/** Starts so many servers, on an address of their own each (`network` with a number behind it). Needs root. Everything of theirs lies below the folder. */
export async function startServers(folder: string, count: number, network = '127.0.1.'): Promise<Servers> {
	const identityFile = join(folder, 'identity');
	await keygen(identityFile);
	const names = Array.from({length: count}, (_, index) => `n${index + 1}`);
	const started = await Promise.all(
		names.map((name, index) => start(folder, name, `${network}${index + 1}`, `${identityFile}.pub`)),
	);
	const servers = started.map(({server}) => server);
	const knownHosts = join(folder, 'known_hosts');
	writeFileSync(knownHosts, servers.map(({address, hostKey}) => `[${address}]:${port} ${hostKey}\n`).join(''));
	return {
		servers,
		identityFile,
		knownHosts,
		clear: () => {
			for (const {child} of started) empty(child);
		},
		stop: async () => {
			const ended = started.map(({child}) => new Promise((resolve) => child.once('close', resolve)));
			for (const {child} of started) child.kill('SIGTERM');
			await Promise.all(ended);
		},
	};
}
