/** Who is let in and by which way: keys, ssh-agent, jump hosts, and everything that is in the way said at once. */
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net';
import {join} from 'node:path';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import {freePort} from '../../hack/laboratory/free-port.ts';
import {ConnectError} from '../../src/errors.ts';
import {connect} from '../../src/host/connect.ts';
import {testFolder} from '../folder.ts';
import {clusterOf, hostOn, nobody, node} from './cluster.ts';
import {keygen, missing, realTests, type Sshd, startSshd} from './openssh.ts';

const real = realTests(missing);
const deadline = 30_000;
let sshd: Sshd;
test.before(async (t) => {
	if (missing !== undefined) return t.log(`SKIPPED: ${missing}`);
	sshd = await startSshd();
});
test.after.always(() => sshd?.stop());

const shown = (file: string) => execFileSync('ssh-keygen', ['-lf', file], {encoding: 'utf8'}).split(' ')[1]!;
const letIn = (file: string) => writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${file}.pub`), {flag: 'a'});

const portOf = (server: Server) => (server.address() as AddressInfo).port;
async function listen(answer: (socket: Socket) => void): Promise<Server> {
	const server = createServer(answer).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	return server;
}

/** A real ssh-agent with some keys. */
async function agentWith(t: {teardown(end: () => void): void}, ...files: string[]): Promise<string> {
	const socket = join(testFolder(), 'agent');
	const agent = spawn('ssh-agent', ['-D', '-a', socket], {stdio: 'ignore'});
	t.teardown(() => void agent.kill());
	while (!existsSync(socket)) await turn();
	for (const file of files)
		execFileSync('ssh-add', ['-q', file], {
			env: {...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: 'never'},
			stdio: 'ignore',
		});
	return socket;
}

real('a key that the machine does not know: which keys were tried is said', async (t) => {
	const file = join(testFolder(), 'stranger');
	keygen(file, 'ed25519');
	const error = await t.throwsAsync(hostOn(sshd, {identityFile: file}), {instanceOf: ConnectError});
	t.is(error!.message, `n1: root was not let in; keys tried: ${shown(file)} (${file})`);
	t.regex(error!.hint, /authorized_keys/);
});

real('every type of key, from a file and from ssh-agent', async (t) => {
	const folder = testFolder();
	for (const type of ['ed25519', 'ecdsa', 'rsa']) {
		const file = join(folder, type);
		keygen(file, type);
		letIn(file);
		await (await hostOn(sshd, {identityFile: file})).close();
		const agent = await agentWith(t, file);
		await (await hostOn(sshd, {identityFile: undefined as never}, {agent})).close();
	}
	t.pass();
});

real('an encrypted key is used when ssh-agent holds it, and only that one is offered', async (t) => {
	const folder = testFolder();
	const [locked, plain] = [join(folder, 'locked'), join(folder, 'plain')];
	keygen(locked, 'ed25519', 'open sesame');
	keygen(plain, 'ed25519');
	letIn(plain);
	letIn(locked);
	const agent = await agentWith(t, plain);
	const error = await t.throwsAsync(hostOn(sshd, {identityFile: locked}, {agent}), {instanceOf: ConnectError});
	t.is(
		error!.message,
		`n1: root was not let in; keys tried: none, because none was found; the key file ${locked} is encrypted and ssh-agent does not hold it (ssh-add ${locked}, or --ask-identity-passphrase)`,
	);
	const askpass = join(folder, 'askpass');
	writeFileSync(askpass, '#!/bin/sh\necho open sesame\n', {mode: 0o700});
	execFileSync('ssh-add', ['-q', locked], {
		env: {...process.env, SSH_AUTH_SOCK: agent, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force'},
		stdio: 'ignore',
	});
	await (await hostOn(sshd, {identityFile: locked}, {agent})).close();
});

real('without a key file the usual files are tried', async (t) => {
	const home = testFolder();
	execFileSync('mkdir', [join(home, '.ssh')]);
	keygen(join(home, '.ssh', 'id_ed25519'), 'ed25519');
	letIn(join(home, '.ssh', 'id_ed25519'));
	await (await hostOn(sshd, {identityFile: undefined as never}, {home})).close();
	await (await hostOn(sshd, {identityFile: '~/.ssh/id_ed25519'}, {home})).close();
	t.pass();
});

real('everything that is in the way is said at once', async (t) => {
	const silent = await listen(() => {});
	const web = await listen((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
	t.teardown(() => {
		silent.close();
		web.close();
	});
	const {identityFile} = sshd;
	const pinned = {identityFile, hostKey: sshd.hostKey('ed25519')};
	const cluster = clusterOf(
		node('good', {...pinned, port: sshd.port}),
		node('refused', {...pinned, port: await freePort()}),
		node('silent', {...pinned, port: portOf(silent)}),
		node('web', {...pinned, port: portOf(web)}),
		node('nameless', {...pinned, port: 22}, 'no-such-name.invalid'),
		node('unknown', {identityFile, knownHosts: '/nonexistent/kh', port: sshd.port}),
		node('keyless', {...pinned, identityFile: '/nonexistent/key', port: sshd.port}),
	);
	const error = await t.throwsAsync(connect(cluster, {...nobody, times: {banner: 4000}}), {instanceOf: ConnectError});
	t.is(error!.exit, 4);
	const said = error!.message;
	t.regex(said, /^6 of 7 machines: cannot be used\n/);
	t.regex(said, /\n {2}refused: 127.0.0.1:\d+ refused the connection\n {4}is sshd running there/);
	t.regex(said, /\n {2}silent: connected, but no SSH banner within 4 s\n/);
	t.regex(said, /\n {2}web: what answers there is not sshd; it said: HTTP\/1.1 400 Bad Request\n/);
	t.regex(said, /\n {2}nameless: the name no-such-name.invalid does not resolve/);
	t.regex(said, /\n {2}unknown: the host key of .* is unknown/);
	t.regex(
		said,
		/\n {2}keyless: root was not let in; keys tried: none, because none was found; the key file \/nonexistent\/key cannot be read \(ENOENT\)/,
	);
});

real('through two jump hosts, each with its own host key check', async (t) => {
	const [first, second] = await Promise.all([startSshd(), startSshd()]);
	t.teardown(() => {
		first.stop();
		second.stop();
	});
	const authorize = (server: Sshd) =>
		writeFileSync(join(server.folder, 'authorized_keys'), readFileSync(`${sshd.identityFile}.pub`));
	authorize(first);
	authorize(second);
	const line = (server: Sshd) => `[127.0.0.1]:${server.port} ${server.hostKey('ed25519')}\n`;
	const knownHosts = join(testFolder(), 'known_hosts');
	writeFileSync(knownHosts, line(first) + line(second));
	const jump = [`root@127.0.0.1:${first.port}`, `root@[127.0.0.1]:${second.port}`];
	const host = await hostOn(sshd, {jump, knownHosts});
	t.is((await host.exec(['sh', '-c', 'echo "$SSH_CONNECTION" | cut -d" " -f4'], {deadline})).stdout.trim(), String(sshd.port));
	t.regex(first.log(), /direct-tcpip/);
	t.regex(second.log(), /direct-tcpip/);
	await host.close();

	writeFileSync(knownHosts, line(first));
	const unknown = await t.throwsAsync(hostOn(sshd, {jump, knownHosts}), {instanceOf: ConnectError});
	t.true(
		unknown!.message.startsWith(
			`n1: at the jump host root@127.0.0.1:${second.port}: the host key of [127.0.0.1]:${second.port} is unknown`,
		),
	);
	const behind = await t.throwsAsync(hostOn({...sshd, port: await freePort()}, {jump: [jump[0]!], knownHosts}), {
		instanceOf: ConnectError,
	});
	t.regex(behind!.message, /behind the jump hosts .*: the jump host did not connect to 127.0.0.1:\d+/);
	await t.throwsAsync(hostOn(sshd, {jump: ['no user'], knownHosts}), {
		message: /the jump host "no user" of 127.0.0.1 is not \[user@\]host\[:port\]/,
	});
});

real('an abort while connecting is an interruption', async (t) => {
	const silent = await listen(() => {});
	t.teardown(() => void silent.close());
	const stop = new AbortController();
	const work = hostOn({...sshd, port: portOf(silent)}, {}, {signal: stop.signal});
	silent.once('connection', () => stop.abort());
	await t.throwsAsync(work, {name: 'Interrupted'});
});
