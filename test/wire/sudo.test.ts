/** Root by a real sudo, for a user that only this test's sshd can see (a mount namespace of its own). */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {ConnectError} from '../../src/errors.ts';
import type {ConnectOptions} from '../../src/host/connect.ts';
import {hostOn} from './cluster.ts';
import {missingSudo, realTests, type Sshd, type SshdOptions, startSshd} from './openssh.ts';

const real = realTests(missingSudo);
const deadline = 30_000;
const password = 'pa ss"\\n$(id)wörd';
const user = 'deploy';

async function machine(
	t: {teardown(end: () => void): void},
	sudoers: string,
	more: Partial<NonNullable<SshdOptions['user']>> = {},
): Promise<Sshd> {
	const sshd = await startSshd({user: {name: user, password, sudoers, ...more}, hostKeyTypes: ['ed25519']});
	t.teardown(sshd.stop);
	return sshd;
}

const hostOf = (sshd: Sshd, {sudoPassword}: Pick<ConnectOptions, 'sudoPassword'> = {}) => hostOn(sshd, {user}, {sudoPassword});
function asks(answer: string) {
	const counted = {
		times: 0,
		sudoPassword: async () => {
			counted.times += 1;
			return answer;
		},
	};
	return counted;
}

real('without a password: root, stdin whole, codes, and nobody is asked', async (t) => {
	const sshd = await machine(t, `${user} ALL=(ALL) NOPASSWD: ALL`);
	const asked = asks('');
	const host = await hostOf(sshd, asked);
	t.teardown(() => host.close());
	const {code, stdout} = await host.exec(['sh', '-c', 'id -u; pwd; wc -c; exit 7'], {deadline, stdin: Buffer.alloc(3_000_000)});
	t.deepEqual([code, stdout.replace(/ /g, '')], [7, '0\n/\n3000000\n']);
	t.is((await host.exec(['sh', '-c', 'kill -KILL $$'], {deadline})).code, 137);
	t.is(asked.times, 0);
});

real('with a password: asked for once, whatever signs are in it, and never seen by the command', async (t) => {
	const sshd = await machine(t, `${user} ALL=(ALL) ALL`);
	const asked = asks(password);
	const host = await hostOf(sshd, asked);
	t.teardown(() => host.close());
	const outputs = await Promise.all(
		[1, 2, 3].map((n) => host.exec(['sh', '-c', 'id -u; cat; echo err >&2', 'sh'], {deadline, stdin: `input ${n}\n`})),
	);
	t.deepEqual(
		outputs.map(({stdout}) => stdout),
		['0\ninput 1\n', '0\ninput 2\n', '0\ninput 3\n'],
	);
	for (const {stderr} of outputs) t.is(stderr, 'err\n', 'no prompt and no lecture is left in it');
	t.is(asked.times, 1);
});

real('sudo, ps and the login shell see a constant, neither the command nor its arguments', async (t) => {
	const sshd = await machine(t, `${user} ALL=(ALL) ALL`);
	const host = await hostOf(sshd, asks(password));
	t.teardown(() => host.close());
	const {stdout} = await host.exec(
		[
			'sh',
			'-c',
			'tr "\\0" " " </proc/$PPID/cmdline; for f in /proc/[0-9]*/environ; do tr "\\0" "\\n" <$f; done 2>/dev/null',
			'sh',
			'canary-4711',
		],
		{deadline, stdin: 'canary-4712'},
	);
	t.regex(stdout, /^sudo -k -S -p kubestrap-password-[0-9a-f]+: -- \/bin\/sh -c LC_ALL=C /);
	t.notRegex(stdout, /canary/);
	t.false(stdout.includes(password));
});

real('a wrong password is refused, and said so', async (t) => {
	const sshd = await machine(t, `${user} ALL=(ALL) ALL`);
	const error = await t.throwsAsync(hostOf(sshd, asks('wrong')), {instanceOf: ConnectError});
	t.is(error!.message, 'n1: sudo refused the password: Sorry, try again.');
	t.is(error!.exit, 4);
});

real('a password is wanted and there is none', async (t) => {
	const sshd = await machine(t, `${user} ALL=(ALL) ALL`);
	const error = await t.throwsAsync(hostOf(sshd), {instanceOf: ConnectError});
	t.is(error!.message, 'n1: sudo wants a password, and none was given');
});

real('a user who may not', async (t) => {
	const sshd = await machine(t, 'root ALL=(ALL) ALL');
	const error = await t.throwsAsync(hostOf(sshd, asks(password)), {instanceOf: ConnectError});
	t.regex(error!.message, /^n1: the user may not become root: .*deploy is not in the sudoers file/);
});

real('requiretty is explained', async (t) => {
	const sshd = await machine(t, `Defaults requiretty\n${user} ALL=(ALL) NOPASSWD: ALL`);
	const error = await t.throwsAsync(hostOf(sshd), {instanceOf: ConnectError});
	t.regex(error!.message, /^n1: sudo wants a terminal: /);
	t.regex(error!.hint, /Defaults !requiretty/);
});

real('use_pty and a lecture do no harm', async (t) => {
	const sshd = await machine(t, `Defaults use_pty, lecture=always\n${user} ALL=(ALL) ALL`);
	const host = await hostOf(sshd, asks(password));
	t.teardown(() => host.close());
	const {stdout, stderr} = await host.exec(['sh', '-c', 'cat; echo err >&2'], {deadline, stdin: 'a\u0004b\n'});
	t.deepEqual([stdout, stderr], ['a\u0004b\n', 'err\n']);
});

real('a talkative login shell is not taken for the command', async (t) => {
	const sshd = await machine(t, `${user} ALL=(ALL) NOPASSWD: ALL`);
	writeFileSync(join(sshd.folder, 'home', '.bashrc'), 'echo welcome; echo "[sudo] password for deploy:" >&2\n');
	const host = await hostOf(sshd);
	t.teardown(() => host.close());
	t.deepEqual(await host.exec(['sh', '-c', 'echo out; echo err >&2'], {deadline}), {code: 0, stdout: 'out\n', stderr: 'err\n'});
});

real('an account without a login shell says what it says', async (t) => {
	const sshd = await machine(t, `${user} ALL=(ALL) NOPASSWD: ALL`, {shell: '/usr/sbin/nologin'});
	const error = await t.throwsAsync(hostOf(sshd), {instanceOf: ConnectError});
	t.is(error!.message, 'n1: the login shell did not run the command: This account is currently not available.');
});

real('the user exists for the test server alone', (t) => {
	t.false(readFileSync('/etc/passwd', 'utf8').includes('4711'));
});
