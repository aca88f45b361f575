import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import type {Lock, Step} from '../../src/model.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {emptyLock, planned} from '../run/values.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
});
test.afterEach.always((t) => t.context.remove());

const everyKind: Step[] = [
	{kind: 'dir', path: '/srv/d', mode: '0750'},
	{kind: 'file', path: '/srv/d/f', content: "it's $(id) `id`\n\\", mode: '0644', notify: ['x.service']},
	{kind: 'file', path: '/srv/d/empty', content: '', mode: '0600'},
	{kind: 'file', path: '/srv/d/key', content: [{secret: 'ca.key'}], mode: '0600', once: true},
	{kind: 'file', path: '/srv/new/folder/f', content: ['a', {secret: 'ca.key', encode: 'base64'}], mode: '0600'},
	{kind: 'link', path: '/srv/d/l', to: 'f'},
	{kind: 'absent', path: '/srv/gone'},
	{kind: 'sysctl', name: 'kernel.ostype', value: 'Linux'},
	{kind: 'service', unit: 'x', state: 'started', enabled: true},
	{
		kind: 'run',
		title: 'make',
		command: {sh: 'cat >"$1"', args: ["/srv/d/it's here"]},
		stdin: 'in',
		unless: ['test', '-s', "/srv/d/it's here"],
	},
	{kind: 'wait', title: 'there', until: {sh: '[ -e "$1" ]', args: ['/srv/d/f']}, seconds: 5},
];

// Not busybox: it puts its own tools before those of the machine, which no node of ours does.
const shells = ['dash', 'bash --posix'].filter((shell) => spawnSync('sh', ['-c', `${shell} -c :`]).status === 0);

for (const shell of shells)
	asRoot(`every kind is applied once by ${shell}; the second time nothing is touched`, async (t) => {
		const on = t.context;
		mkdirSync(on.at('/srv/gone'));
		const first = await run(on, one(...everyKind), {shell});
		t.is(first.code, 0, first.log + first.stderr);
		t.deepEqual(
			first.states.map((text) => text.split(' ').at(-1)),
			[
				'changed',
				'changed',
				'changed',
				'changed',
				'changed',
				'changed',
				'changed',
				'unchanged',
				'changed',
				'changed',
				'unchanged',
			],
		);
		t.is(on.read('/srv/d/f'), "it's $(id) `id`\n\\");
		t.is(on.read('/srv/d/key'), 'SECRET');
		t.is(on.read('/srv/new/folder/f'), 'aU0VDUkVU');
		t.is(on.read("/srv/d/it's here"), 'in');
		t.false(on.has('/srv/gone'));
		t.is(statSync(on.at('/srv/d/key')).mode & 0o777, 0o600);
		t.false(on.has('/var/lib/kubestrap/pending/x.service'));
		t.false(on.has('/run/p/f.0'), 'contents are gone when the program has ended');
		const before = await on.sh('find /srv /var/lib/kubestrap -printf "%p %i %T@ %m\\n" | sort');
		const calls = on.read('/run/systemctl.log').split('\n').length;
		const second = await run(on, one(...everyKind), {shell});
		t.true(
			second.states.every((text) => text.endsWith(' unchanged')),
			second.log,
		);
		t.deepEqual(await on.sh('find /srv /var/lib/kubestrap -printf "%p %i %T@ %m\\n" | sort'), before);
		t.is(on.read('/run/systemctl.log').split('\n').length, calls + 1, 'one look at the service');
	});

asRoot('observe tells what would change, and writes nothing', async (t) => {
	const on = t.context;
	const before = await on.sh('find /srv /var/lib/kubestrap | sort');
	const seen = await run(on, one(...everyKind), {mode: 'observe'});
	t.is(seen.code, 0, seen.stderr);
	t.is(seen.states.length, everyKind.length);
	t.true(seen.states.includes('file /srv/d/f changed') && seen.states.includes('absent /srv/gone unchanged'));
	t.deepEqual(await on.sh('find /srv /var/lib/kubestrap | sort'), before);
});

for (const shell of shells)
	asRoot(
		`looking alone sees by ${shell} what applying would do: bytes, modes, owners, and what is of another kind`,
		async (t) => {
			const on = t.context;
			await run(on, one(...everyKind));
			const differing = async (change: string) => {
				t.is((await on.sh(change)).code, 0, change);
				const {states, code} = await run(on, one(...everyKind), {mode: 'observe', shell});
				t.is(code, 0);
				return states.filter((text) => text.endsWith(' changed'));
			};
			t.deepEqual(await differing(':'), []);
			t.deepEqual(await differing('echo more >>/srv/d/f'), ['file /srv/d/f changed']);
			t.deepEqual(await differing('rm /srv/d/f; ln -s empty /srv/d/f'), ['file /srv/d/f changed']);
			t.deepEqual(await differing('rm /srv/d/f; mkdir /srv/d/f'), ['file /srv/d/f changed']);
			await run(on, one({kind: 'absent', path: '/srv/d/f'}));
			await run(on, one(...everyKind));
			t.deepEqual(await differing('chmod 640 /srv/d/f'), ['file /srv/d/f changed']);
			t.deepEqual(await differing('chmod 644 /srv/d/f; chown 1:1 /srv/d'), ['dir /srv/d changed']);
			t.deepEqual(await differing('chown 0:0 /srv/d; echo other >/srv/d/key'), [], 'the bytes of a secret are not looked at');
			const gone = await differing('rm -r /srv/d; : >/srv/d');
			const kinds = ['dir /srv/d', 'file /srv/d/f', 'file /srv/d/empty', 'file /srv/d/key', 'link /srv/d/l', 'make', 'there'];
			t.deepEqual(
				gone,
				kinds.map((step) => `${step} changed`),
			);
		},
	);

asRoot('a changed file restarts its unit at the service step, even when a run in between did not come that far', async (t) => {
	const on = t.context;
	const service: Step = {kind: 'service', unit: 'x.service', state: 'started'};
	const file = (content: string): Step => ({kind: 'file', path: '/srv/f', content, mode: '0644', notify: ['x.service']});
	await run(on, one(file('1'), service));
	await run(on, one(file('2'), {kind: 'run', title: 'fails', command: ['false'], unless: 'never'}, service));
	t.true(on.has('/var/lib/kubestrap/pending/x.service'));
	const last = await run(on, one(file('2'), service));
	t.deepEqual(last.states, ['file /srv/f unchanged', 'service x.service changed']);
	t.regex(on.read('/run/systemctl.log'), /restart -- x.service/);
});

asRoot('what was there before is recorded once', async (t) => {
	const on = t.context;
	on.write('/srv/f', 'old');
	for (const content of ['1', '2']) await run(on, one({kind: 'file', path: '/srv/f', content, mode: '0600'}));
	const owned = on
		.read('/var/lib/kubestrap/owned.ndjson')
		.trim()
		.split('\n')
		.map((text) => JSON.parse(text));
	t.deepEqual(owned, [{kind: 'file', name: '/srv/f', before: '644 root:root b2xk'}]);
	const journal = on
		.read('/var/lib/kubestrap/journal.ndjson')
		.trim()
		.split('\n')
		.map((text) => JSON.parse(text));
	t.deepEqual(
		journal.map(({event, unit, fence}) => `${event} ${unit} ${fence}`),
		['begin u1 1', 'changed u1 1', 'begin u1 1', 'changed u1 1'],
	);
});

asRoot('a kept file must be there; once never overwrites', async (t) => {
	const on = t.context;
	const kept: Step = {kind: 'file', path: '/srv/k', content: {kept: true}, mode: '0600'};
	t.is((await run(on, one(kept))).code, 1);
	on.write('/srv/k', 'mine');
	t.deepEqual((await run(on, one(kept))).states, ['file /srv/k changed']);
	const once: Step = {kind: 'file', path: '/srv/k', content: 'other', mode: '0600', once: true};
	t.deepEqual((await run(on, one(kept, once))).states, ['file /srv/k unchanged', 'file /srv/k unchanged']);
	t.is(on.read('/srv/k'), 'mine');
});

asRoot('another fence stops the program before it does anything', async (t) => {
	const {code, states, evidence} = await run(t.context, one(...everyKind), {fence: 2});
	t.is(code, 76);
	t.deepEqual(states, []);
	t.regex(evidence[0]!, /another run has taken this node over/);
});

asRoot('a failed step ends the program with its last lines, and journals it', async (t) => {
	const on = t.context;
	const fails: Step = {kind: 'run', title: 'fails', command: {sh: 'seq 30; exit 3'}, unless: 'never'};
	const {code, states, evidence} = await run(on, [planned('a', [fails]), planned('b', everyKind)]);
	t.is(code, 1);
	t.deepEqual(states, ['fails failed']);
	t.deepEqual(
		evidence,
		Array.from({length: 20}, (_, at) => String(at + 11)),
	);
	t.regex(on.read('/var/lib/kubestrap/journal.ndjson'), /"event":"failed"/);
});

asRoot('a background phase runs beside the others and is waited for where it is needed', async (t) => {
	const slow: Step = {kind: 'wait', title: 'slow', until: ['test', '-e', '/srv/go'], seconds: 10};
	const go: Step = {kind: 'run', title: 'go', command: ['touch', '/srv/go'], unless: 'never'};
	const well = await run(t.context, [
		planned('bg', [slow], {background: true}),
		planned('a', [go]),
		planned('b', [go], {needs: ['bg']}),
	]);
	t.is(well.code, 0, well.log);
	t.deepEqual(well.states, ['go changed', 'slow unchanged', 'go changed']);
	const bad: Step = {kind: 'run', title: 'bad', command: ['false'], unless: 'never'};
	const failed = await run(t.context, [planned('bg', [bad], {background: true}), planned('b', [go], {needs: ['bg']})]);
	t.is(failed.code, 1);
	t.deepEqual(failed.states, ['bad failed']);
	const late = await run(t.context, [planned('bg', [bad], {background: true}), planned('b', [go])]);
	t.is(late.code, 1, 'also when nothing needed it');
});

asRoot('a wait that runs out says what it waited for', async (t) => {
	const {states, evidence} = await run(
		t.context,
		one({kind: 'wait', title: 'godot', until: {sh: 'echo not yet; exit 1'}, seconds: 1}),
	);
	t.deepEqual(states, ['godot failed']);
	t.deepEqual(evidence, ['not yet', 'waited 1 s for: godot']);
});

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const lockOf = (bytes: Buffer, name = 'tool/v1/amd64'): Lock => ({
	...emptyLock,
	binaries: {[name]: {sha256: sha(bytes), size: bytes.length, from: []}},
});
const fetchTool: Step = {kind: 'fetch', artifact: 'tool/v1/amd64', path: '/srv/bin/tool', mode: '0755'};

function bring(on: Machine, name: string, bytes: Buffer): void {
	mkdirSync(on.at('/var/lib/kubestrap/artifacts'), {recursive: true});
	on.write(`/var/lib/kubestrap/artifacts/${name}`, bytes);
}

asRoot('a fetched binary is verified, laid in place, and not asked for again', async (t) => {
	const on = t.context;
	const bytes = Buffer.from('#!/bin/sh\n');
	const lock = lockOf(bytes);
	bring(on, sha(bytes), bytes);
	on.fake('restorecon', 'echo "$*" >>/run/labels');
	t.deepEqual((await run(on, one(fetchTool), {lock})).states, ['fetch tool/v1/amd64 changed']);
	t.is(on.read('/run/labels'), '-- /srv/bin/tool\n', 'SELinux: with the label of its new place');
	t.is(statSync(on.at('/srv/bin/tool')).mode & 0o777, 0o755);
	t.false(on.has(`/var/lib/kubestrap/artifacts/${sha(bytes)}`));
	const second = await run(on, one(fetchTool), {lock});
	t.deepEqual(second.states, ['fetch tool/v1/amd64 unchanged']);
	t.notRegex(second.log, /^\?/m);
	utimesSync(on.at('/srv/bin/tool'), 1, 1);
	t.deepEqual((await run(on, one(fetchTool), {lock})).states, ['fetch tool/v1/amd64 unchanged'], 'somebody touched it');
});

asRoot('a binary that is there already is taken as it is, when its digest is right', async (t) => {
	const on = t.context;
	const bytes = Buffer.from('tool');
	const lock = lockOf(bytes);
	mkdirSync(on.at('/srv/bin'));
	await on.sh('printf tool >/srv/bin/tool; chmod 755 /srv/bin/tool');
	const {ino} = statSync(on.at('/srv/bin/tool'));
	const first = await run(on, one(fetchTool), {lock});
	t.deepEqual(first.states, ['fetch tool/v1/amd64 unchanged'], first.log);
	t.is(statSync(on.at('/srv/bin/tool')).ino, ino);
	t.true(on.has('/var/lib/kubestrap/artifacts/tool_v1_amd64.installed'));
	on.write('/srv/bin/tool', 'evil');
	bring(on, sha(bytes), bytes);
	t.deepEqual((await run(on, one(fetchTool), {lock})).states, ['fetch tool/v1/amd64 changed']);
	t.is(on.read('/srv/bin/tool'), 'tool');
});

asRoot('a flipped byte never gets into place', async (t) => {
	const on = t.context;
	const bytes = Buffer.from('good');
	bring(on, sha(bytes), Buffer.from('evil'));
	const {states, evidence} = await run(on, one(fetchTool), {lock: lockOf(bytes)});
	t.deepEqual(states, ['fetch tool/v1/amd64 failed']);
	t.regex(evidence.join('\n'), /but the lock says/);
	t.false(on.has('/srv/bin/tool'));
	t.false(on.has(`/var/lib/kubestrap/artifacts/${sha(bytes)}`), 'the next run begins afresh');
});

asRoot('the operator is asked, and what he refuses is the evidence', async (t) => {
	const on = t.context;
	const bytes = Buffer.from('good');
	const lock = lockOf(bytes);
	const going = run(on, one(fetchTool), {lock});
	while (!on.has('/run/p/log') || !on.read('/run/p/log').includes('? 0 0')) await new Promise((resolve) => setImmediate(resolve));
	bring(on, `${sha(bytes)}.no`, Buffer.from('the mirror is dead\n'));
	const {states, evidence} = await going;
	t.deepEqual(states, ['fetch tool/v1/amd64 failed']);
	t.deepEqual(evidence, ['the mirror is dead']);
});

asRoot('a node without a downloader speaks plain HTTP to a mirror; what it cannot get is asked for', async (t) => {
	const on = t.context;
	const bytes = Buffer.alloc(300_000, 'tool\r\n\r\n\0');
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(`${request.url} ${request.headers.host}`);
		response.writeHead(request.url === '/dead' ? 404 : 200).end(request.url === '/evil' ? Buffer.alloc(bytes.length) : bytes);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const {port} = server.address() as AddressInfo;
	const at = (path: string) => `http://127.0.0.1:${port}${path}`;
	const lock = lockOf(bytes);
	const well = await run(on, one(fetchTool), {lock, urls: ['https://127.0.0.1/no', at('/dead'), at("/a'b%20c?d=$(id)")]});
	t.deepEqual(well.states, ['fetch tool/v1/amd64 changed'], well.log);
	t.deepEqual(asked, [`/dead 127.0.0.1:${port}`, `/a'b%20c?d=$(id) 127.0.0.1:${port}`]);
	t.notRegex(well.log, /^\?/m);
	rmSync(on.at('/srv/bin/tool'));
	const evil = await run(on, one(fetchTool), {lock, urls: [at('/evil')]});
	t.deepEqual(evil.states, ['fetch tool/v1/amd64 failed']);
	t.regex(evil.evidence.join(), /but the lock says/);
	t.is(asked.filter((line) => line.startsWith('/evil')).length, 2, 'once more, then the operator');
	t.regex(evil.log, /^\? 0 0$/m);
	const going = run(on, one(fetchTool), {lock, urls: [at('/dead')]});
	while (!on.has('/run/p/log') || !on.read('/run/p/log').includes('? 0 0')) await new Promise((resolve) => setImmediate(resolve));
	bring(on, sha(bytes), bytes);
	t.deepEqual((await going).states, ['fetch tool/v1/amd64 changed']);
});

asRoot('a broken part is dropped, and all of it is got once more', async (t) => {
	const on = t.context;
	const bytes = Buffer.alloc(300_000, 'tool');
	const asked: (string | undefined)[] = [];
	const server = createServer(({headers}, response) => {
		asked.push(headers.range);
		const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
		const range = from > 0 ? {'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`} : {};
		response.writeHead(from > 0 ? 206 : 200, {'content-length': bytes.length - from, ...range}).end(bytes.subarray(from));
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const lock = lockOf(bytes);
	bring(on, `${sha(bytes)}.part`, Buffer.alloc(100_000, 'wrong'));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tool`;
	const {states, log} = await run(on, one(fetchTool), {lock, urls: [url], downloader: 'curl'});
	t.deepEqual(states, ['fetch tool/v1/amd64 changed'], log);
	t.deepEqual(asked, ['bytes=100000-', undefined]);
	t.notRegex(log, /^\?/m);
});

function archive(members: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): Buffer {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-tar-'));
	for (const [name, text] of Object.entries(members)) {
		mkdirSync(join(folder, name, '..'), {recursive: true});
		writeFileSync(join(folder, name), text);
	}
	for (const [name, to] of Object.entries(links)) symlinkSync(to, join(folder, name));
	const bytes = execFileSync('tar', ['-czf', '-', '-C', folder, '.']);
	rmSync(folder, {recursive: true});
	return bytes;
}

asRoot('an archive: members by prefix and name, nothing but files', async (t) => {
	const on = t.context;
	const unpack = (more: object = {}): Step => ({
		kind: 'fetch',
		artifact: 'tool/v1/amd64',
		unpack: {into: '/srv/bin', ...more},
		mode: '0755',
	});
	const bytes = archive({'bin/a': '1', 'bin/b': '2', 'bin/sub/c c': '3', README: 'x'});
	const lock = lockOf(bytes);
	bring(on, sha(bytes), bytes);
	const step = unpack({strip: './bin/'.slice(2)});
	t.deepEqual((await run(on, one(step), {lock})).states, ['fetch tool/v1/amd64 changed']);
	t.is((await on.sh('cd /srv/bin && find . -type f | sort')).stdout, './a\n./b\n./sub/c c\n');
	t.deepEqual((await run(on, one(step), {lock})).states, ['fetch tool/v1/amd64 unchanged']);
	rmSync(on.at('/srv/bin'), {recursive: true});
	bring(on, sha(bytes), bytes);
	await run(on, one(unpack({strip: 'bin/', only: ['b']})), {lock});
	t.is((await on.sh('cd /srv/bin && find . -type f')).stdout, './b\n');
	const evil = archive({a: '1'}, {b: '/etc/passwd'});
	bring(on, sha(evil), evil);
	const refused = await run(on, one(unpack()), {lock: lockOf(evil)});
	t.deepEqual(refused.states, ['fetch tool/v1/amd64 failed']);
	t.is((await on.sh('cd /srv/bin && find . -type f')).stdout, './b\n');
});
