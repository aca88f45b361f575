import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync} from 'node:fs';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import test from 'ava';

/** Shared, so that only the first of these programs compiles itself. */
const cache = mkdtempSync(join(tmpdir(), 'kubestrap-cache-'));
const main = join(import.meta.dirname, '../src/main.ts');

/** The real program, in a home of its own. */
function kubestrap(args: readonly string[], {stdin = '', env = {}}: {stdin?: string; env?: Record<string, string>} = {}) {
	const home = mkdtempSync(join(tmpdir(), 'kubestrap-main-'));
	const child = spawn(process.execPath, [main, ...args], {
		cwd: home,
		env: {PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: cache, ...env},
	});
	child.stdin.end(stdin);
	const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
	return {child, home, exit};
}

async function said(args: readonly string[], options = {}) {
	const {child, exit} = kubestrap(args, options);
	const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
	return {out, err, exit: await exit};
}

test('version is data on stdout', async (t) => {
	const plain = await said(['version']);
	t.regex(plain.out, /^kubestrap \d+\.\d+\.\d+\n$/);
	t.is(plain.exit, 0);
	t.is((await said(['--version'])).out, plain.out);
	t.is((await said(['version', '-o', 'text'])).out, plain.out);
	t.regex((await said(['version', '-o', 'json'])).out, /^\{"kubestrap":"[\d.]+"\}\n$/);
});

test('help names every verb and flag, and exits with 0', async (t) => {
	const {out, exit} = await said(['--help']);
	t.is(exit, 0);
	for (const verb of ['init', 'preflight', 'verify', 'kubeconfig', 'config', 'version'])
		t.regex(out, new RegExp(`kubestrap ${verb}`));
	const init = await said(['init', '--help']);
	t.regex(init.out, /--ignore-preflight-errors/);
	t.regex(init.out, /--pod-network-cidr/);
});

test('a wrong command line exits with 2 and says what was probably meant', async (t) => {
	const {exit, err, out} = await said(['inti']);
	t.is(exit, 2);
	t.is(out, '');
	t.regex(err, /inti \(did you mean init\?\)/);
	t.is((await said([])).exit, 2);
	t.is((await said(['config'])).exit, 2);
	t.is((await said(['init', '--timeout', 'soon'])).exit, 2);
	t.is((await said(['config', 'validate', '-o', 'xml'])).exit, 2);
});

test('no cluster given: exit 2, and how to give one', async (t) => {
	const {exit, err} = await said(['config', 'validate']);
	t.is(exit, 2);
	t.regex(err, /no cluster was given \(give -c FILE, --control-planes/);
});

test('the example that config print shows is a valid config', async (t) => {
	const example = (await said(['config', 'print'])).out;
	const {exit, out} = await said(['config', 'validate', '-c', '-'], {stdin: example});
	t.is(exit, 0);
	t.is(out, 'valid: cluster prod, Kubernetes v1.37.1, 1 control plane, 1 worker\n');
});

test('a printed config is the same config', async (t) => {
	const flags = ['--control-planes', 'root@192.0.2.1', '--workers', 'root@192.0.2.2', '--pod-network-cidr', '10.9.0.0/16'];
	const printed = (await said(['config', 'print', ...flags])).out;
	t.regex(printed, /podSubnet: 10\.9\.0\.0\/16/);
	t.is((await said(['config', 'print', '-c', '-'], {stdin: printed})).out, printed);
});

test('problems of a config have file, line and column, all at once', async (t) => {
	const {exit, err} = await said(['config', 'validate', '-c', '-'], {
		stdin: 'apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec:\n  swap: maybe\n  nodse: []\n',
	});
	t.is(exit, 2);
	t.regex(err, /-:4:\d+: /);
	t.regex(err, /-:5:\d+: .*did you mean nodes/);
});

test('a reader that goes away ends nothing with an error', async (t) => {
	const {child, exit} = kubestrap(['config', 'schema']);
	child.stdout.destroy();
	const err = await text(child.stderr);
	t.is(await exit, 0);
	t.is(err, '');
});

test('Ctrl-C while waiting for a machine: the first one ends it well, with 130', async (t) => {
	// Takes connections and never says a word, as a machine behind a broken firewall does.
	const silent = createServer(() => {}).listen(0, '127.0.0.1');
	await once(silent, 'listening');
	const {port} = silent.address() as AddressInfo;
	const {child, home, exit} = kubestrap(['kubeconfig', '--control-planes', `root@127.0.0.1:${port}`, '--accept-new-host-keys']);
	t.truthy(home);
	const [socket] = (await once(silent, 'connection')) as [Socket];
	child.kill('SIGINT');
	const err = await text(child.stderr);
	t.is(await exit, 130);
	t.regex(err, /stopping/);
	socket.destroy();
	silent.close();
});
