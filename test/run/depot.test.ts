import {createHash, randomBytes} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import {ConnectError} from '../../src/errors.ts';
import type {Host, News} from '../../src/model.ts';
import {LineOnce, ports} from '../../src/run/depot.ts';
import {serveScript} from '../../src/run/depot-scripts.ts';
import type {Wanted} from '../../src/run/send.ts';
import {testFolder} from '../folder.ts';
import {isRoot, type Machine, machine} from './machine.ts';
import {site} from './values.ts';

type Context = {machines: Machine[]; news: News[]; sent: {bytes: number}; artifact: Artifact};
type Artifact = {path: string; sha256: string; size: number; bytes: Buffer};
const test = anyTest as TestFn<Context>;
const asRoot = isRoot ? test.serial : test.skip;

/** The address from which the machines reach each other, as the played systemd tells it. */
const peer = '10.0.0.9';

/** systemd's part is played by its own tool for trying sockets; the unit files are read for where to listen. */
const socket = `unit=/run/systemd/system/kubestrap-depot
case $* in
'start kubestrap-depot.socket')
	listen=$(sed -n 's/^ListenStream=//p' $unit.socket)
	[ ! -e /run/refuse ] || exit 1
	setsid systemd-socket-activate -E REMOTE_ADDR=${peer} -l "$listen" --accept --inetd $(sed -n 's/^ExecStart=//p' $unit@.service) </dev/null >/dev/null 2>&1 3>&- &
	echo $! >/run/pids/depot ;;
'is-active -q kubestrap-depot.socket') kill -0 "$(cat /run/pids/depot 2>/dev/null)" 2>/dev/null ;;
'stop kubestrap-depot.socket'*) if [ -e /run/pids/depot ]; then kill "$(cat /run/pids/depot)"; rm -f /run/pids/depot; fi ;;
esac`;

test.beforeEach((t) => {
	const machines = ['n1', 'n2', 'n3'].map((name) => machine(name));
	for (const on of machines) {
		on.fake('systemctl', socket);
		mkdirSync(on.at('/var/lib/kubestrap/artifacts'));
		on.write('/var/lib/kubestrap/session.lock', '');
		// The operator lives for as long as somebody holds the session.
		on.sh('flock /var/lib/kubestrap/session.lock sleep 19').catch(() => {});
	}
	const bytes = randomBytes(2_000_000);
	const path = join(testFolder(), 'artifact');
	writeFileSync(path, Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]));
	const sha256 = createHash('sha256').update(bytes).digest('hex');
	t.context = {machines, news: [], sent: {bytes: 0}, artifact: {path, sha256, size: bytes.length, bytes}};
});
test.afterEach.always((t) => {
	for (const on of t.context.machines) {
		on.die();
		on.sh('[ ! -e /run/pids/depot ] || kill "$(cat /run/pids/depot)"').then(
			() => on.remove(),
			() => {},
		);
	}
});

function opened(
	{machines, news, sent, artifact}: Context,
	hosts: readonly Host[] = machines.map(({host}) => host),
): {bring(host: Host, wanted: Wanted): Promise<boolean>; close(keep: boolean): Promise<void>} {
	const members = hosts.map((host) => {
		const seat = site(host.name);
		return {
			host,
			site: {...seat, address: '127.0.0.1', facts: {...seat.facts, addresses: [{device: 'e', address: peer, prefix: 8}]}},
		};
	});
	const depot = new LineOnce(members, {
		artifacts: async () => ({path: artifact.path, start: 6}),
		throttle: {
			take: async (bytes) => {
				sent.bytes += bytes;
			},
		},
		tell: (one) => void news.push(one),
	});
	return {
		bring: async (host, wanted) => (await depot.bring(host, [wanted])).brought.length === 1,
		close: (keep) => depot.close(keep),
	};
}

const wantedOf = ({artifact: {sha256, size}}: Context) => ({artifact: 'tool', locked: {sha256, size}, offset: 0});
const notes = ({news}: Context) => news.flatMap(({type, detail}) => (type === 'note' ? [String(detail)] : []));
const has = (on: Machine, {artifact}: Context) =>
	on.has(`/var/lib/kubestrap/artifacts/${artifact.sha256}`) &&
	createHash('sha256')
		.update(on.read(`/var/lib/kubestrap/artifacts/${artifact.sha256}`))
		.digest('hex').length === 64;

asRoot('three machines get it, and it crosses the line once', async (t) => {
	const {machines, sent, artifact} = t.context;
	const depot = opened(t.context);
	t.deepEqual(await Promise.all(machines.map(({host}) => depot.bring(host, wantedOf(t.context)))), [true, true, true]);
	for (const on of machines) {
		t.true(has(on, t.context));
		t.is((await on.sh(`sha256sum </var/lib/kubestrap/artifacts/${artifact.sha256}`)).stdout.slice(0, 64), artifact.sha256);
	}
	t.is(sent.bytes, artifact.size);
	await depot.close(false);
	for (const on of machines) {
		t.false(on.has('/var/lib/kubestrap/depot'));
		t.false(on.has('/run/systemd/system/kubestrap-depot.socket'));
		t.false(on.has('/run/pids/depot'));
	}
});

asRoot('what an earlier run left is gone on with, on the machine that has it; what did not end well is kept', async (t) => {
	const {machines, sent, artifact} = t.context;
	const [, , third] = machines;
	mkdirSync(third!.at('/var/lib/kubestrap/depot'));
	third!.write(`/var/lib/kubestrap/depot/${artifact.sha256}.part`, artifact.bytes.subarray(0, 1_500_000));
	const depot = opened(t.context);
	t.true(await depot.bring(machines[0]!.host, wantedOf(t.context)));
	t.is(sent.bytes, 500_000);
	t.regex(notes(t.context)[0]!, /everything goes to n3 once/);
	await depot.close(true);
	t.true(third!.has(`/var/lib/kubestrap/depot/${artifact.sha256}`));
	t.false(third!.has('/run/pids/depot'));
});

asRoot('wrong bytes of an earlier run are found on the machine, and sent anew', async (t) => {
	const {machines, artifact} = t.context;
	const [first] = machines;
	mkdirSync(first!.at('/var/lib/kubestrap/depot'));
	first!.write(`/var/lib/kubestrap/depot/${artifact.sha256}.part`, Buffer.alloc(1_500_000));
	const depot = opened(t.context);
	await t.throwsAsync(depot.bring(first!.host, wantedOf(t.context)), {message: /did not arrive whole/});
	const again = opened(t.context);
	t.true(await again.bring(first!.host, wantedOf(t.context)));
	t.true(has(first!, t.context));
	await again.close(false);
	await depot.close(false);
});

asRoot('the machine that all take from dies: another one takes its place', async (t) => {
	const {machines, artifact, sent} = t.context;
	const [first, second] = machines;
	let dead = false;
	const mortal: Host = {
		...first!.host,
		exec: async (argv, options) => {
			if (dead) throw new ConnectError('n1', 'it is gone');
			return first!.host.exec(argv, options);
		},
	};
	const depot = opened(t.context, [mortal, second!.host, machines[2]!.host]);
	t.true(await depot.bring(mortal, wantedOf(t.context)));
	dead = true;
	await first!.sh('kill "$(cat /run/pids/depot)"');
	t.deepEqual(await Promise.all([second!.host, machines[2]!.host].map((host) => depot.bring(host, wantedOf(t.context)))), [
		true,
		true,
	]);
	t.is(sent.bytes, 2 * artifact.size);
	t.true(
		notes(t.context).some((note) => /nobody can take files from it any more/.test(note)),
		notes(t.context).join('\n'),
	);
	await depot.close(false);
});

asRoot('a machine that cannot reach it gets its own over the line, and that is said', async (t) => {
	const [first, second] = t.context.machines;
	const depot = opened(t.context);
	t.true(await depot.bring(first!.host, wantedOf(t.context)));
	second!.fake('bash', 'exit 1');
	second!.fake('timeout', 'exit 1');
	t.false(await depot.bring(second!.host, wantedOf(t.context)));
	t.regex(notes(t.context).at(-1)!, /n2 cannot take files from n1 \(port 1026\d\)/);
	await depot.close(false);
});

asRoot('where no port can be had, each machine gets its own', async (t) => {
	for (const on of t.context.machines) on.write('/run/refuse', '');
	const depot = opened(t.context);
	t.false(await depot.bring(t.context.machines[0]!.host, wantedOf(t.context)));
	t.is(notes(t.context).at(-1), 'no node can hand files to the others: each gets its own over your line');
	t.is(ports.length, 4);
	await depot.close(false);
});

asRoot('the socket is closed when the operator is gone', async (t) => {
	const [first] = t.context.machines;
	const depot = opened(t.context);
	t.true(await depot.bring(first!.host, wantedOf(t.context)));
	t.true(first!.has('/run/systemd/system/kubestrap-depot.socket'));
	await first!.sh('pkill -P "$(pgrep -f "^flock /var/lib/kubestrap/session.lock sleep")" sleep || :');
	first!.die();
	const gone = 'timeout 10 sh -c "while [ -e /run/systemd/system/kubestrap-depot.socket ]; do sleep 0.05; done"';
	t.is((await first!.sh(gone)).code, 0);
});

const ask = async ({machines: [on], artifact}: Context, request: string, from = peer) => {
	mkdirSync(on!.at('/var/lib/kubestrap/depot'), {recursive: true});
	on!.write(`/var/lib/kubestrap/depot/${artifact.sha256}`, Buffer.from('0123456789'));
	on!.write('/var/lib/kubestrap/secret', 'SECRET');
	on!.write('/srv/serve', serveScript);
	on!.write('/srv/request', request);
	const {stdout} = await on!.sh(`REMOTE_ADDR=${from} sh /srv/serve 10.0.0.8 ${peer} </srv/request`);
	t_noSecret(stdout);
	const [head = '', body = ''] = stdout.split('\r\n\r\n');
	return {status: head.split('\r\n')[0]!.slice(9), head, body};
};
const t_noSecret = (text: string) => {
	if (text.includes('SECRET')) throw new Error('it gives what is none of the bundle');
};

asRoot('what is served: whole, from a byte on, or only its size', async (t) => {
	const path = `/sha256/${t.context.artifact.sha256}`;
	t.like(await ask(t.context, `GET ${path} HTTP/1.0\r\nHost: x\r\n\r\n`), {status: '200 OK', body: '0123456789'});
	const rest = await ask(t.context, `GET ${path} HTTP/1.1\r\nRange: bytes=4-\r\nHost: x\r\n\r\n`);
	t.like(rest, {status: '206 Partial Content', body: '456789'});
	t.regex(rest.head, /Content-Range: bytes 4-9\/10/);
	const head = await ask(t.context, `HEAD ${path} HTTP/1.1\r\n\r\n`);
	t.like(head, {status: '200 OK', body: ''});
	t.regex(head.head, /Content-Length: 10\r?/);
	t.like(await ask(t.context, `GET ${path} HTTP/1.1\r\nrange: bytes=10-\r\n\r\n`), {status: '416 Range Not Satisfiable'});
	t.like(await ask(t.context, `GET ${path} HTTP/1.1\n\n`), {status: '200 OK', body: '0123456789'}, 'lines may end as they like');
});

asRoot('nothing else is served, and to nobody else', async (t) => {
	const good = `/sha256/${t.context.artifact.sha256}`;
	const get = async (target: string, from?: string) => (await ask(t.context, `GET ${target} HTTP/1.0\r\n\r\n`, from)).status;
	t.is(await get(good, '10.0.0.7'), '403 Forbidden');
	t.is(await get(good, "''"), '403 Forbidden');
	for (const target of [
		'/',
		'/sha256/',
		'/sha256/../secret',
		`/sha256/${'../'.repeat(20)}secret`.padEnd(72, 'a'),
		'/secret',
		`/sha256/${'a'.repeat(64)}`,
		`/sha256/${'A'.repeat(64)}`,
		`${good}/`,
		`${good}.part`,
		`/sha256/${'*'.repeat(64)}`,
		'/sha256/$(cat${IFS}/var/lib/kubestrap/secret)'.padEnd(72, 'a'),
		`/x${good}`,
	])
		t.is(await get(target), '404 Not Found', target);
	for (const range of ['bytes=08-', 'bytes=99999999999999999-', 'bytes=1x-'])
		t.not((await ask(t.context, `GET ${good} HTTP/1.0\r\nRange: ${range}\r\n\r\n`)).status, '206 Partial Content', range);
	t.is((await ask(t.context, `POST ${good} HTTP/1.0\r\n\r\n`)).status, '405 Method Not Allowed');
	t.is(
		(await ask(t.context, `GET ${good} HTTP/1.0\r\n${'X: y\r\n'.repeat(60)}\r\n`)).status,
		'431 Request Header Fields Too Large',
	);
	t.is((await ask(t.context, '')).status, '');
});
