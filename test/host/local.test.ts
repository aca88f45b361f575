import {existsSync} from 'node:fs';
import {getuid} from 'node:process';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import {TransportError} from '../../src/errors.ts';
import {localHost} from '../../src/host/local.ts';

const asRoot = getuid?.() === 0 ? test : test.skip;
const deadline = 20_000;

asRoot('commands run as root with what they may rely on, whatever the operator has set', async (t) => {
	process.env.KUBESTRAP_CANARY = 'seen';
	const host = await localHost('here', {});
	const {code, stdout} = await host.exec(
		['sh', '-c', 'id -u; pwd; umask; echo "$LC_ALL"; echo "$PATH"; echo "[$KUBESTRAP_CANARY]"'],
		{deadline},
	);
	delete process.env.KUBESTRAP_CANARY;
	t.is(code, 0);
	t.deepEqual(stdout.trim().split('\n'), [
		'0',
		'/',
		'0022',
		'C',
		'/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
		'[]',
	]);
});

asRoot('every argument arrives as it is', async (t) => {
	const host = await localHost('here', {});
	const odd = [
		'',
		' ',
		'\n',
		'\\',
		'\\n',
		'\\0101',
		"'",
		'"',
		'$(id)',
		'`id`',
		'!!',
		'%s',
		'*',
		'~',
		'ä€😀',
		'a\nb\\\n\'"',
		'-n',
		'#',
		';&|<>',
		'\r\t\x01\x7f',
	];
	const {stdout} = await host.exec(['printf', '%s\\0', ...odd], {deadline});
	t.deepEqual(stdout.split('\0').slice(0, -1), odd);
	await t.throwsAsync(host.exec(['echo', 'a\0b'], {deadline}), {message: /NUL/});
});

asRoot('exit codes, signals and both outputs', async (t) => {
	const host = await localHost('here', {});
	t.deepEqual(await host.exec(['sh', '-c', 'echo out; echo err >&2; exit 7'], {deadline}), {
		code: 7,
		stdout: 'out\n',
		stderr: 'err\n',
	});
	t.is((await host.exec(['sh', '-c', 'kill -KILL $$'], {deadline})).code, 137);
	t.is((await host.exec(['/no/such/program'], {deadline})).code, 127);
});

asRoot('a deadline ends the command and its children', async (t) => {
	const host = await localHost('here', {});
	let pids = '';
	const onStdout = (chunk: Buffer) => {
		pids += chunk;
	};
	const work = host.exec(['sh', '-c', 'sleep 60 & echo $$ $!; wait'], {deadline: 1500, onStdout});
	const error = await t.throwsAsync(work, {instanceOf: TransportError});
	t.regex(error!.message, /^here: no end of `sh -c 'sleep 60 & echo \$\$ \$!; wait'` within 1.5 s/);
	for (const pid of pids.trim().split(' ')) while (existsSync(`/proc/${pid}`)) await turn();
	t.is(pids.trim().split(' ').length, 2);
});

asRoot('an abort is told as an interruption, also before the beginning', async (t) => {
	const host = await localHost('here', {});
	const stop = new AbortController();
	const work = host.exec(['sleep', '60'], {deadline, signal: stop.signal});
	stop.abort();
	await t.throwsAsync(work, {name: 'Interrupted'});
	await t.throwsAsync(host.exec(['true'], {deadline, signal: stop.signal}), {name: 'Interrupted'});
});

asRoot('output without end is cut off', async (t) => {
	const host = await localHost('here', {});
	await t.throwsAsync(host.exec(['cat', '/dev/zero'], {deadline}), {instanceOf: TransportError, message: /prints without end/});
	let streamed = 0;
	const onStdout = (chunk: Buffer) => {
		streamed += chunk.length;
	};
	const {stdout} = await host.exec(['head', '-c', '20000000', '/dev/zero'], {deadline, onStdout});
	t.is(streamed, 20_000_000, 'what is streamed is not kept, and so not limited');
	t.is(stdout, '');
});
