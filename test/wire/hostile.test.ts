/** Servers that lie, freeze or ask for what is not theirs. ssh2's own server plays them, where OpenSSH would not. */
import {readFileSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import test from 'ava';
import ssh2, {type ServerChannel} from 'ssh2';
import {ConnectError, TransportError} from '../../src/errors.ts';
import {connect} from '../../src/host/connect.ts';
import {testFolder} from '../folder.ts';
import {clusterOf, hostOn, nobody, node} from './cluster.ts';
import {keygen, missing, realTests, startSshd} from './openssh.ts';

const real = realTests(missing);
const folder = testFolder();
const key = join(folder, 'key');
test.before(() => keygen(key, 'ed25519'));

type Play = (command: string, channel: ServerChannel, client: ssh2.Connection) => void;

/** A server that lets everybody in and answers each command as the play says. */
async function stage(t: {teardown(end: () => void): void}, play: Play) {
	const agentAsked: boolean[] = [];
	const server = new ssh2.Server({hostKeys: [readFileSync(key)]}, (client) => {
		client.on('error', () => {});
		client.on('authentication', (context) => context.accept());
		client.on('session', (accept) => {
			const session = accept();
			session.on('auth-agent', (_, reject) => {
				agentAsked.push(true);
				reject?.();
			});
			session.on('exec', (take, _, {command}) => {
				const channel = take();
				channel.on('error', () => {});
				play(command, channel, client);
			});
		});
	});
	server.listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	t.teardown(() => void server.close());
	const {port} = server.address() as AddressInfo;
	const access = {port, identityFile: key, hostKey: readFileSync(`${key}.pub`, 'utf8').trim(), user: 'deploy'};
	return {cluster: clusterOf(node('n1', access)), agentAsked};
}

/** Plays the login shell for `id -u`: answers with the mark that the line asks for, and a number. */
function honest(channel: ServerChannel, uid: string): void {
	channel.once('data', (line: Buffer) => {
		const [, mark] = /echo (kubestrap-[0-9a-f]+)/.exec(line.toString())!;
		channel.stderr.write(`${mark}\n`);
		channel.write(`${mark}\n${uid}\n`);
		end(channel, 0);
	});
}

function end(channel: ServerChannel, code: number): void {
	channel.exit(code);
	channel.end();
}

const noPassword: Play = (_, channel) => {
	channel.stderr.write('sudo: a password is required\n');
	end(channel, 1);
};

test('a prompt that is not exactly ours draws no password', async (t) => {
	const heard: Buffer[] = [];
	const {cluster} = await stage(t, (command, channel) => {
		if (command.includes('sudo -k -n')) return noPassword(command, channel, undefined as never);
		if (!command.includes('sudo -k -S')) return honest(channel, '1000');
		channel.on('data', (chunk: Buffer) => heard.push(chunk));
		channel.stderr.write('[sudo] password for deploy: \nPassword:\nkubestrap-password-000000000000000000000000:');
		setImmediate(end, channel, 1);
	});
	const error = await t.throwsAsync(connect(cluster, {...nobody, sudoPassword: async () => 'canary-4713'}), {
		instanceOf: ConnectError,
	});
	t.regex(error!.message, /sudo did not run the command/);
	t.false(Buffer.concat(heard).includes('canary-4713'));
});

test('the agent is never forwarded, and a machine can open no channel to us', async (t) => {
	const refused: (string | undefined)[] = [];
	const {cluster, agentAsked} = await stage(t, (_, channel, client) => {
		client.x11('127.0.0.1', 6000, (error) => refused.push(error?.message));
		client.forwardOut('127.0.0.1', 1, '127.0.0.1', 2, (error) => refused.push(error?.message));
		honest(channel, '0');
	});
	const host = (await connect(cluster, nobody)).get('n1')!;
	await host.exec(['true'], {deadline: 10_000});
	await host.close();
	t.deepEqual(agentAsked, []);
	t.true(refused.length > 0);
	for (const message of refused) t.regex(String(message), /Channel open failure/);
});

test('a command whose channel closes without an exit code is lost, not done', async (t) => {
	let calls = 0;
	const {cluster} = await stage(t, (_, channel) => {
		calls += 1;
		if (calls === 1) return honest(channel, '0');
		channel.write('half an answ');
		channel.close();
	});
	const host = (await connect(cluster, nobody)).get('n1')!;
	t.teardown(() => host.close());
	await t.throwsAsync(host.exec(['true'], {deadline: 10_000}), {instanceOf: TransportError, message: /the connection was lost/});
});

test('what a machine says cannot write on the terminal', async (t) => {
	const {cluster} = await stage(t, (_, channel) => {
		channel.stderr.write('\u001b]0;owned\u0007\u001b[2Jgo \u202eaway\n');
		end(channel, 1);
	});
	const error = await t.throwsAsync(connect(cluster, nobody), {instanceOf: ConnectError});
	t.is(error!.message, 'n1: the login shell did not run the command: ]0;owned [2Jgo  away');
});

real('a machine that freezes is given up, and its commands with it', async (t) => {
	const sshd = await startSshd({hostKeyTypes: ['ed25519']});
	t.teardown(sshd.stop);
	const host = await hostOn(sshd, {}, {times: {keepalive: 300}, reconnectMs: 0});
	const begun = Promise.withResolvers<number>();
	const onStdout = (chunk: Buffer) => begun.resolve(Number(chunk.toString()));
	const work = host.exec(['sh', '-c', 'echo $PPID; exec sleep 60'], {deadline: 30_000, onStdout});
	const frozen = await begun.promise;
	process.kill(frozen, 'SIGSTOP');
	t.teardown(() => void process.kill(frozen, 'SIGKILL'));
	await t.throwsAsync(work, {instanceOf: TransportError, message: /does not answer any more/});
	await host.close();
});

real('a machine that comes back is reached again; one that comes back as another is refused', async (t) => {
	const first = await startSshd({hostKeyTypes: ['ed25519']});
	const host = await hostOn(first);
	t.teardown(() => host.close());
	const session = Number((await host.exec(['sh', '-c', 'echo $PPID'], {deadline: 10_000})).stdout);
	const lost = t.throwsAsync(host.exec(['sleep', '60'], {deadline: 30_000}), {instanceOf: TransportError});
	first.stop();
	process.kill(session, 'SIGKILL');
	await lost;
	const back = host.exec(['echo', 'back'], {deadline: 30_000}).catch((error) => error);
	const second = await startSshd({hostKeyTypes: ['ed25519'], port: first.port});
	t.teardown(second.stop);
	const error = await back;
	t.true(error instanceof ConnectError);
	t.regex(error.message, /is not the expected one/);
});
