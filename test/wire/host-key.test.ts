/** Host keys against a real sshd: refused before one byte of authentication, or accepted for a reason. */
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {ConnectError} from '../../src/errors.ts';
import {connect} from '../../src/host/connect.ts';
import {testFolder} from '../folder.ts';
import {clusterOf, hostOn, nobody, node} from './cluster.ts';
import {missing, realTests, type Sshd, startSshd} from './openssh.ts';
import {wiretap} from './wiretap.ts';

const real = realTests(missing);
let sshd: Sshd;
let other: Sshd;
test.before(async (t) => {
	if (missing !== undefined) return t.log(`SKIPPED: ${missing}`);
	[sshd, other] = await Promise.all([startSshd(), startSshd()]);
});
test.after.always(() => {
	sshd?.stop();
	other?.stop();
});

const shown = (line: string) => execFileSync('ssh-keygen', ['-lf', '-'], {input: line, encoding: 'utf8'}).split(' ')[1]!;
const known = (text: string) => {
	const file = join(testFolder(), 'known_hosts');
	writeFileSync(file, text);
	return file;
};
const wordsOf = (line: string) => line.split(' ').slice(0, 2).join(' ');

/** The client's banner, KEXINIT, KEXDH_INIT, and a DISCONNECT: nothing else may be sent to a host that is not trusted. */
const harmless = [-1, 20, 30, 1];

real('a wrong key: both fingerprints and the remedy are named, and no authentication is sent', async (t) => {
	const tap = await wiretap(sshd.port);
	t.teardown(tap.stop);
	for (const access of [
		{hostKey: shown(other.hostKey('ed25519'))},
		{hostKey: other.hostKey('ed25519')},
		{knownHosts: known(`[127.0.0.1]:${tap.port} ${wordsOf(other.hostKey('ed25519'))}\n`), hostKey: undefined as never},
	]) {
		const error = await t.throwsAsync(hostOn({...sshd, port: tap.port}, access), {instanceOf: ConnectError});
		t.is(error!.exit, 4);
		t.regex(error!.message, /^n1: the host key of \[127.0.0.1\]:\d+ is not the expected one/);
		t.true(error!.message.includes(`expected ${shown(other.hostKey('ed25519'))}`));
		t.true(error!.message.includes(`${shown(sshd.hostKey('ed25519'))} (ssh-ed25519)`));
		t.true(error!.hint.includes(`hostKey: "${shown(sshd.hostKey('ed25519'))}"`));
	}
	t.true(tap.messages.length >= 3);
	for (const sent of tap.messages) for (const message of sent) t.true(harmless.includes(message), `message ${message} was sent`);
});

real('the wiretap would see it: a trusted host gets NEWKEYS and more', async (t) => {
	const tap = await wiretap(sshd.port);
	t.teardown(tap.stop);
	const host = await hostOn({...sshd, port: tap.port});
	await host.close();
	// A server with many at its door drops one at times, which is tried again: the last one came in.
	t.deepEqual(tap.messages.at(-1)!.slice(0, 5), [-1, 20, 30, 21, -2]);
});

real('an unknown key is refused with its fingerprint and the line to paste', async (t) => {
	const tap = await wiretap(sshd.port);
	t.teardown(tap.stop);
	const error = await t.throwsAsync(
		hostOn({...sshd, port: tap.port}, {hostKey: undefined as never, knownHosts: '/nonexistent/known_hosts'}),
		{instanceOf: ConnectError},
	);
	t.regex(error!.message, /is unknown: it is neither pinned in the config nor in \/nonexistent\/known_hosts/);
	t.true(error!.hint.includes(`hostKey: "${shown(sshd.hostKey('ed25519'))}"`));
	for (const message of tap.messages.flat()) t.true(harmless.includes(message));
});

real('each kind of pin lets the right host in, also by a key that the server would not show first', async (t) => {
	for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
		for (const hostKey of [shown(sshd.hostKey(type)), sshd.hostKey(type)]) {
			const host = await hostOn(sshd, {hostKey});
			await host.close();
		}
	}
	t.pass();
});

real('known_hosts: hashed, with another type than the server prefers, by a wildcard', async (t) => {
	const name = `[127.0.0.1]:${sshd.port}`;
	const hashed = known(`${name} ${wordsOf(sshd.hostKey('rsa'))}\n`);
	execFileSync('ssh-keygen', ['-H', '-f', hashed], {stdio: 'ignore'});
	for (const knownHosts of [hashed, known(`[127.0.0.*]:* ${wordsOf(sshd.hostKey('ecdsa'))}\n`)]) {
		const host = await hostOn(sshd, {hostKey: undefined as never, knownHosts});
		await host.close();
	}
	t.pass();
});

real('a server that has no key of the known type is wrong, and shows what it has', async (t) => {
	const young = await startSshd({hostKeyTypes: ['ecdsa']});
	t.teardown(young.stop);
	const error = await t.throwsAsync(hostOn({...young, hostKey: sshd.hostKey}), {instanceOf: ConnectError});
	t.true(error!.message.includes(`expected ${shown(sshd.hostKey('ed25519'))}`));
	t.true(error!.message.includes(`seen ${shown(young.hostKey('ecdsa'))} (ecdsa-sha2-nistp256)`));
});

real('a revoked key is refused even when it is pinned', async (t) => {
	const knownHosts = known(`@revoked * ${wordsOf(sshd.hostKey('ed25519'))}\n`);
	const error = await t.throwsAsync(hostOn(sshd, {knownHosts}), {instanceOf: ConnectError});
	t.regex(error!.message, /is revoked/);
});

real('accepting new keys writes them down once; wrong ones are never accepted', async (t) => {
	const knownHosts = join(testFolder(), 'ssh', 'known_hosts');
	const access = {hostKey: undefined as never, knownHosts};
	for (const _ of [1, 2]) await (await hostOn(sshd, access, {acceptNewHostKeys: true})).close();
	t.is(readFileSync(knownHosts, 'utf8'), `[127.0.0.1]:${sshd.port} ${wordsOf(sshd.hostKey('ed25519'))}\n`);
	t.is(statSync(knownHosts).mode & 0o777, 0o600);
	await (await hostOn(sshd, access)).close();
	writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${wordsOf(other.hostKey('ed25519'))}`);
	await t.throwsAsync(hostOn(sshd, access, {acceptNewHostKeys: true}), {message: /is not the expected one/});
	await (await hostOn(other, access, {acceptNewHostKeys: true})).close();
	t.is(readFileSync(knownHosts, 'utf8').trim().split('\n').length, 2, 'a file without a newline at its end is not spoiled');
});

real('many names of one new machine at once: its key is written down once', async (t) => {
	const knownHosts = join(testFolder(), 'known_hosts');
	const access = {port: sshd.port, identityFile: sshd.identityFile, knownHosts};
	const cluster = clusterOf(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => node(name, access)));
	const hosts = await connect(cluster, {...nobody, acceptNewHostKeys: true});
	await Promise.all([...hosts.values()].map((host) => host.close()));
	t.is(readFileSync(knownHosts, 'utf8'), `[127.0.0.1]:${sshd.port} ${wordsOf(sshd.hostKey('ed25519'))}\n`);
});

real('nothing is written down when the user is not let in or asked not to', async (t) => {
	const knownHosts = join(testFolder(), 'known_hosts');
	await t.throwsAsync(hostOn(sshd, {hostKey: undefined as never, knownHosts}));
	t.false(existsSync(knownHosts));
});

real('a pin that is no pin', async (t) => {
	await t.throwsAsync(hostOn(sshd, {hostKey: 'MD5:00'}), {
		instanceOf: ConnectError,
		message: /neither a fingerprint nor a public key/,
	});
});
