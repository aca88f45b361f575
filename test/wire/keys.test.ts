/** Keys as people have them: an agent with many, one that is gone, encrypted files, and what sshd counts. */
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import {fromFlags} from '../../src/cluster/load.ts';
import {ConnectError} from '../../src/errors.ts';
import {connect} from '../../src/host/connect.ts';
import {testFolder} from '../folder.ts';
import {clusterOf, hostOn, nobody, node} from './cluster.ts';
import {keygen, missing, realTests, type Sshd, startSshd} from './openssh.ts';

const real = realTests(missing);
let sshd: Sshd;
test.before(async (t) => {
	if (missing !== undefined) return t.log(`SKIPPED: ${missing}`);
	sshd = await startSshd();
});
test.after.always(() => sshd?.stop());

const letIn = (file: string) => writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${file}.pub`), {flag: 'a'});
function keysIn(folder: string, ...names: string[]): string[] {
	return names.map((name) => {
		keygen(join(folder, name), 'ed25519');
		return join(folder, name);
	});
}

/** A real ssh-agent with some keys; `end` leaves its socket behind, as a killed one does. */
async function agentWith(t: {teardown(end: () => void): void}, ...files: string[]) {
	const socket = join(testFolder(), 'agent');
	const agent = spawn('ssh-agent', ['-D', '-a', socket], {stdio: 'ignore'});
	const gone = new Promise((resolve) => agent.once('exit', resolve));
	t.teardown(() => void agent.kill());
	while (!existsSync(socket)) await turn();
	for (const file of files)
		execFileSync('ssh-add', ['-q', file], {env: {...process.env, SSH_AUTH_SOCK: socket}, stdio: 'ignore'});
	const end = async () => {
		agent.kill('SIGKILL');
		await gone;
	};
	return {socket, end};
}

/** A host by an ssh config with these lines; its key is in known_hosts. */
async function by(lines: string, options: Parameters<typeof connect>[1] = {}) {
	const folder = testFolder();
	writeFileSync(join(folder, 'kh'), `[127.0.0.1]:${sshd.port} ${sshd.hostKey('ed25519')}\n`);
	writeFileSync(
		join(folder, 'config'),
		`Host cp1\n HostName 127.0.0.1\n Port ${sshd.port}\n UserKnownHostsFile ${folder}/kh\n${lines}`,
	);
	const hosts = await connect(fromFlags({controlPlanes: ['cp1'], sshConfig: join(folder, 'config')}), {...nobody, ...options});
	await hosts.get('cp1')!.close();
}

real('an agent that is gone is said when nothing else lets in, and is no matter when a file does', async (t) => {
	const [key] = keysIn(testFolder(), 'key');
	letIn(key!);
	const agent = await agentWith(t, key!);
	await t.notThrowsAsync(by('', {agent: agent.socket}));
	await agent.end();
	const error = await t.throwsAsync(by('', {agent: agent.socket}), {instanceOf: ConnectError});
	t.regex(
		error!.message,
		/cp1: root was not let in; keys tried: none, because none was found; ssh-agent at \S+ does not answer \(Failed to connect to agent\): is it gone\?/,
	);
	await t.notThrowsAsync(by(` IdentityFile ${key}\n`, {agent: agent.socket}));
	await t.throwsAsync(by(` IdentityAgent ${agent.socket}-none\n`), {message: /agent-none does not answer/});
});

real('many keys: the named one first, the others of the agent only when that is wanted', async (t) => {
	const folder = testFolder();
	const strangers = keysIn(folder, 'a', 'b', 'c', 'd', 'e', 'f', 'g');
	const [mine] = keysIn(folder, 'mine');
	letIn(mine!);
	const {socket} = await agentWith(t, ...strangers, mine!);
	await t.notThrowsAsync(by(` IdentityFile ${mine}\n`, {agent: socket}));
	await t.notThrowsAsync(
		by(` IdentityFile ${mine}.pub\n IdentitiesOnly yes\n`, {agent: socket}),
		'the public half means the key in the agent',
	);
	rmSync(mine!);
	await t.notThrowsAsync(
		by(` IdentityFile ${mine}\n IdentitiesOnly yes\n`, {agent: socket}),
		'the private half need not be here',
	);
	const only = await t.throwsAsync(by(` IdentityFile ${strangers[0]}\n IdentitiesOnly yes\n`, {agent: socket}), {
		instanceOf: ConnectError,
	});
	t.is(only!.message.split('SHA256:').length, 2, 'one key was offered');
	const many = await t.throwsAsync(by(strangers.map((file) => ` IdentityFile ${file}\n`).join('')), {instanceOf: ConnectError});
	t.regex(many!.message, /root was not let in: sshd counts the keys that are offered and takes no more of them/);
	t.regex(many!.hint, /IdentitiesOnly|identityFile/);
	await t.notThrowsAsync(by(` IdentityAgent none\n IdentityFile ${sshd.identityFile}\n`, {agent: '/nonexistent'}));
});

real('an encrypted key: the passphrase is asked once for all machines, and only when it is needed', async (t) => {
	const folder = testFolder();
	const locked = join(folder, 'locked');
	keygen(locked, 'ed25519', 'open sesame');
	letIn(locked);
	let asked = 0;
	const passphrase = (word: string) => ({
		passphrase: async () => {
			asked += 1;
			return word;
		},
	});
	const access = {port: sshd.port, identityFile: locked, hostKey: sshd.hostKey('ed25519')};
	const cluster = clusterOf(node('n1', access), node('n2', access), node('n3', {...access, identityFile: sshd.identityFile}));
	const hosts = await connect(cluster, {...nobody, ...passphrase('open sesame')});
	for (const host of hosts.values()) await host.close();
	t.is(asked, 1);
	const wrong = await t.throwsAsync(hostOn(sshd, {identityFile: locked}, passphrase('sesame')), {instanceOf: ConnectError});
	t.regex(wrong!.message, /the passphrase does not open the key file/);
	t.false(wrong!.message.includes('sesame'));
	const none = await t.throwsAsync(hostOn(sshd, {identityFile: locked}), {instanceOf: ConnectError});
	t.regex(none!.message, /is encrypted and ssh-agent does not hold it \(ssh-add \S+, or --ask-identity-passphrase\)/);
	asked = 0;
	await (await hostOn(sshd, {}, passphrase('x'))).close();
	t.is(asked, 0);
});

real('the tokens and the home of a path are filled in', async (t) => {
	const home = testFolder();
	mkdirSync(join(home, '.ssh'));
	const file = join(home, '.ssh', `id-cp1-root-${sshd.port}`);
	keygen(file, 'ed25519');
	letIn(file);
	await t.notThrowsAsync(by(' IdentityFile ~/.ssh/id-%n-%r-%p\n', {home}));
	await t.notThrowsAsync(by(' IdentityFile %d/.ssh/id-%n-%r-%p\n', {home}));
	await t.throwsAsync(by(' IdentityFile ${NO_SUCH_VARIABLE}/id\n', {home}), {
		message: /the variable NO_SUCH_VARIABLE is not set/,
	});
});
