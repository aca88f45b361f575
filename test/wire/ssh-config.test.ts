/** The operator's ssh config on real servers: aliases, vagrant's file, hops with keys of their own, host keys and what is said of them. */
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fromFlags} from '../../src/cluster/load.ts';
import {ConnectError} from '../../src/errors.ts';
import {type ConnectOptions, connect} from '../../src/host/connect.ts';
import type {News} from '../../src/model.ts';
import {testFolder} from '../folder.ts';
import {nobody} from './cluster.ts';
import {keygen, missing, realTests, type Sshd, startSshd} from './openssh.ts';

const real = realTests(missing);
const deadline = 30_000;
let sshd: Sshd;
test.before(async (t) => {
	if (missing !== undefined) return t.log(`SKIPPED: ${missing}`);
	sshd = await startSshd();
});
test.after.always(() => sshd?.stop());

const wordsOf = (line: string) => line.split(' ').slice(0, 2).join(' ');
const shownKey = (line: string) => execFileSync('ssh-keygen', ['-lf', '-'], {input: line, encoding: 'utf8'}).split(' ')[1]!;

/** The hosts of these names, with a file of this text as ssh config. */
async function hostsOf(text: string, names: readonly string[], options: ConnectOptions & {file?: string} = {}) {
	const {file = join(testFolder(), 'ssh-config'), ...rest} = options;
	writeFileSync(file, text);
	const [first, ...workers] = names;
	return connect(fromFlags({controlPlanes: [first!], workers, sshConfig: file}), {...nobody, ...rest});
}

async function says(text: string, name: string, options: Parameters<typeof hostsOf>[2] = {}): Promise<string> {
	const hosts = await hostsOf(text, [name], options);
	const host = hosts.get(name)!;
	const {stdout} = await host.exec(['sh', '-c', 'echo "$SSH_CONNECTION" | cut -d" " -f4'], {deadline});
	await host.close();
	return stdout.trim();
}

/** Exactly what `vagrant ssh-config` prints. */
const vagrant = ({port, identityFile}: Sshd, name = 'cp1') => `Host ${name}
  HostName 127.0.0.1
  User root
  Port ${port}
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile ${identityFile}
  IdentitiesOnly yes
  LogLevel FATAL
  PubkeyAcceptedKeyTypes +ssh-rsa
  HostKeyAlgorithms +ssh-rsa

`;

real("vagrant's file: unknown keys are accepted when that is asked for, and known from then on", async (t) => {
	const file = join(testFolder(), 'ssh-config');
	const refused = await t.throwsAsync(says(vagrant(sshd), 'cp1', {file}), {instanceOf: ConnectError});
	t.true(
		refused!.message.includes(
			`${file}:6: StrictHostKeyChecking no does not count, an unknown key is never accepted without being asked for`,
		),
		refused!.message,
	);
	t.regex(refused!.hint, /--accept-new-host-keys/);
	t.false(existsSync(`${file}.known_hosts`));

	t.is(await says(vagrant(sshd), 'cp1', {file, acceptNewHostKeys: true}), String(sshd.port));
	t.is(readFileSync(`${file}.known_hosts`, 'utf8'), `[127.0.0.1]:${sshd.port} ${wordsOf(sshd.hostKey('ed25519'))}\n`);
	t.is(await says(vagrant(sshd), 'cp1', {file}), String(sshd.port), 'the second time nothing needs to be accepted');

	writeFileSync(`${file}.known_hosts`, readFileSync(`${file}.known_hosts`, 'utf8').replace(/ AAAA\S+/, ` ${hostKeyOf(t)}`));
	const other = await t.throwsAsync(says(vagrant(sshd), 'cp1', {file, acceptNewHostKeys: true}), {instanceOf: ConnectError});
	t.regex(other!.message, /is not the expected one/);
	t.true(other!.hint.includes(`ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f ${file}.known_hosts`));
});

/** The base64 of some other ed25519 key. */
function hostKeyOf(_t: unknown): string {
	const file = join(testFolder(), 'other');
	keygen(file, 'ed25519');
	return readFileSync(`${file}.pub`, 'utf8').split(' ')[1]!;
}

real('accept-new in the file is the choice of it, and names are hashed when the file wants that', async (t) => {
	const folder = testFolder();
	const text = `Host cp1\n HostName 127.0.0.1\n Port ${sshd.port}\n IdentityFile ${sshd.identityFile}\n UserKnownHostsFile ${folder}/kh ${folder}/more\n StrictHostKeyChecking accept-new\n HashKnownHosts yes\n`;
	t.is(await says(text, 'cp1'), String(sshd.port));
	const line = readFileSync(join(folder, 'kh'), 'utf8');
	t.regex(line, /^\|1\|\S+\|\S+ ssh-ed25519 \S+\n$/);
	t.regex(
		execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${sshd.port}`, '-f', join(folder, 'kh')], {encoding: 'utf8'}),
		/found: line 1/,
	);
	await t.notThrowsAsync(says(text.replace('accept-new', 'yes'), 'cp1'));
	rmSync(join(folder, 'kh'));
	await t.throwsAsync(says(text.replace('accept-new', 'ask'), 'cp1'), {message: /is unknown/});
	writeFileSync(join(folder, 'more'), `[127.0.0.1]:${sshd.port} ${wordsOf(sshd.hostKey('rsa'))}\n`);
	await t.notThrowsAsync(says(text.replace('accept-new', 'ask'), 'cp1'), 'the second file is read as well');
});

real('HostKeyAlias: the key is looked up under that name', async (t) => {
	const folder = testFolder();
	writeFileSync(join(folder, 'kh'), `prod-cp1 ${wordsOf(sshd.hostKey('ed25519'))}\n`);
	const text = `Host *\n HostName 127.0.0.1\n Port ${sshd.port}\n IdentityFile ${sshd.identityFile}\n UserKnownHostsFile ${folder}/kh\n HostKeyAlias prod-%s\n`;
	await t.notThrowsAsync(says(text.replace('%s', 'cp1'), 'cp1'));
	const error = await t.throwsAsync(says(text.replace('%s', 'cp2'), 'cp1'), {instanceOf: ConnectError});
	t.regex(error!.message, /the host key of prod-cp2 is unknown/);
});

real('two hops, each with its own key, user and host key; what is wrong at a hop names the hop', async (t) => {
	const [outer, inner] = await Promise.all([startSshd(), startSshd()]);
	t.teardown(() => {
		outer.stop();
		inner.stop();
	});
	const folder = testFolder();
	const knownHosts = [outer, inner, sshd].map((one) => `[127.0.0.1]:${one.port} ${wordsOf(one.hostKey('ed25519'))}\n`);
	const block = (name: string, {port, identityFile}: Sshd, index: number) =>
		`Host ${name}\n HostName 127.0.0.1\n Port ${port}\n User root\n IdentityFile ${identityFile}\n IdentitiesOnly yes\n UserKnownHostsFile ${folder}/${index}\n`;
	for (const [index, line] of knownHosts.entries()) writeFileSync(join(folder, String(index)), line);
	const text = `${block('outer', outer, 0)}${block('inner', inner, 1)}${block('cp1', sshd, 2)} ProxyJump outer,inner\n`;
	t.is(await says(text, 'cp1'), String(sshd.port));
	t.regex(outer.log(), /direct-tcpip/);
	t.regex(inner.log(), /direct-tcpip/);

	const wrongKey = text.replace(`IdentityFile ${inner.identityFile}`, `IdentityFile ${outer.identityFile}`);
	const refused = await t.throwsAsync(says(wrongKey, 'cp1'), {instanceOf: ConnectError});
	t.true(
		refused!.message.startsWith(
			`cp1: at the jump host inner (root@127.0.0.1:${inner.port}): root was not let in; keys tried: ${shownKey(readFileSync(`${outer.identityFile}.pub`, 'utf8'))} (${outer.identityFile})`,
		),
		refused!.message,
	);
	writeFileSync(join(folder, '0'), `[127.0.0.1]:${outer.port} ${wordsOf(inner.hostKey('ed25519'))}\n`);
	const wrongHost = await t.throwsAsync(says(text, 'cp1'), {instanceOf: ConnectError});
	t.true(
		wrongHost!.message.startsWith(
			`cp1: at the jump host outer (root@127.0.0.1:${outer.port}): the host key of [127.0.0.1]:${outer.port} is not the expected one`,
		),
		wrongHost!.message,
	);
});

real('a host certificate proves nothing here, and that is said', async (t) => {
	const folder = testFolder();
	keygen(join(folder, 'ca'), 'ed25519');
	keygen(join(folder, 'host'), 'ed25519');
	execFileSync('ssh-keygen', ['-q', '-s', join(folder, 'ca'), '-I', 'id', '-h', '-n', '127.0.0.1', join(folder, 'host.pub')]);
	const certified = await startSshd({
		config: [`HostKey ${folder}/host`, `HostCertificate ${folder}/host-cert.pub`],
		hostKeyTypes: [],
	});
	t.teardown(certified.stop);
	writeFileSync(join(folder, 'kh'), `@cert-authority * ${wordsOf(readFileSync(join(folder, 'ca.pub'), 'utf8'))}\n`);
	const text = `Host cp1\n HostName 127.0.0.1\n Port ${certified.port}\n IdentityFile ${certified.identityFile}\n UserKnownHostsFile ${folder}/kh\n`;
	const error = await t.throwsAsync(says(text, 'cp1'), {instanceOf: ConnectError});
	t.true(
		error!.message.includes(`the certificate authority at ${folder}/kh:1 does not count, host certificates are not supported`),
		error!.message,
	);
	writeFileSync(join(folder, 'kh'), `[127.0.0.1]:${certified.port} ${wordsOf(readFileSync(join(folder, 'host.pub'), 'utf8'))}\n`);
	await t.notThrowsAsync(says(text, 'cp1'), 'its plain key does');
});

real('what of the file is left out is told', async (t) => {
	const told: News[] = [];
	const text = `${vagrant(sshd)}Match exec true\n User nobody\n`;
	await says(text, 'cp1', {acceptNewHostKeys: true, tell: (news) => told.push(news)});
	t.is(told.length, 1);
	t.regex(String(told[0]!.detail), /ssh-config:14: Match exec true is left out/);
});
