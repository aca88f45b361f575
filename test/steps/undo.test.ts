/** Taking the record of ownership back: real programs on a machine in namespaces, what steps made against what was there before. */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import type {Facts, Lock, Step} from '../../src/model.ts';
import {resetFiles} from '../../src/phases/reset-files.ts';
import {withoutSwap} from '../../src/phases/swap.ts';
import {compile} from '../../src/steps/compile.ts';
import {readOwnership} from '../../src/survey/ownership.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {cluster, emptyLock, identity, site} from '../run/values.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
});
test.afterEach.always((t) => t.context.remove());

/** Path, kind, mode, owner, target and sum of everything below /srv. */
const tree = async (on: Machine) =>
	(await on.sh('cd /srv && find . -printf "%p %y %m %U:%G %l\\n" | sort; find . -type f -exec sha256sum {} + | sort')).stdout;

/** The steps by which reset takes back what the machine's record says. */
function backSteps(on: Machine): readonly Step[] {
	const text = on.read('/var/lib/kubestrap/owned.ndjson');
	const seen = (content: string) => ({mode: '0600', owner: 'root:root', size: content.length, text: content});
	const files: Facts['files'] = {
		'/var/lib/kubestrap/cluster.json': seen('{"clusterId":"1","name":"test"}'),
		'/var/lib/kubestrap/owned.ndjson': seen(text),
	};
	const plain = site('cp1', 'control-plane', files);
	const ownership = readOwnership(files)!;
	return resetFiles.steps({cluster, identity, lock: emptyLock, sites: [], site: {...plain, facts: {...plain.facts, ownership}}});
}

/** A tar archive of these members, and the lock that means it; the bytes are on the machine as if they had been fetched. */
function archived(on: Machine, members: Record<string, string>): Lock {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-archive-'));
	for (const [name, content] of Object.entries(members)) writeFileSync(join(folder, name), content);
	const bytes = execFileSync('tar', ['-czf', '-', '-C', folder, ...Object.keys(members)]);
	rmSync(folder, {recursive: true});
	const sha256 = createHash('sha256').update(bytes).digest('hex');
	mkdirSync(on.at('/var/lib/kubestrap/artifacts'), {recursive: true});
	on.write(`/var/lib/kubestrap/artifacts/${sha256}`, bytes);
	return {...emptyLock, binaries: {'tool/v1/amd64': {sha256, size: bytes.length, from: ['tool.tgz']}}};
}

const unpack: Step = {kind: 'fetch', artifact: 'tool/v1/amd64', unpack: {into: '/srv/opt/tool/bin'}, mode: '0755'};

const made: readonly Step[] = [
	{kind: 'dir', path: '/srv/a/b "c" \\d', mode: '0700'},
	{kind: 'dir', path: '/srv/there', mode: '0755'},
	{kind: 'file', path: '/srv/a/b "c" \\d/new', content: 'new', mode: '0600'},
	{kind: 'file', path: '/srv/deep/er/file', content: 'new', mode: '0644'},
	{kind: 'file', path: '/srv/there/old', content: 'ours', mode: '0644'},
	{kind: 'file', path: '/srv/there/linked', content: 'ours', mode: '0644'},
	{kind: 'file', path: '/srv/there/secret', content: [{secret: 'ca.key'}], mode: '0600'},
	{kind: 'link', path: '/srv/there/link', to: 'old'},
	{kind: 'link', path: '/srv/new-link', to: 'old'},
	{kind: 'absent', path: '/srv/there/unwanted'},
	{kind: 'noted', path: '/srv/state'},
	{kind: 'noted', path: '/srv/there'},
	unpack,
	{kind: 'run', title: 'what a program makes', command: {sh: 'mkdir -p /srv/state/deep; : >/srv/state/deep/x'}, unless: 'never'},
];

asRoot('what steps made goes, and what was there before comes back, byte by byte', async (t) => {
	const on = t.context;
	mkdirSync(on.at('/srv/there'), {mode: 0o750});
	mkdirSync(on.at('/srv/opt/tool/bin'), {recursive: true});
	on.write('/srv/there/old', 'old\0bytes\n');
	on.write('/srv/there/unwanted', 'wanted after all');
	on.write('/srv/there/untouched', 'x');
	on.write('/srv/opt/tool/bin/a', 'an older one');
	symlinkSync('somewhere else', on.at('/srv/there/link'));
	symlinkSync('/dev/null', on.at('/srv/there/linked'));
	await on.sh('chmod 4751 /srv/opt/tool/bin/a; chown 3:4 /srv/there/old; chmod 640 /srv/there/old');
	const before = await tree(on);
	const lock = archived(on, {a: '1', b: '2'});
	const first = await run(on, one(...made), {lock});
	t.is(first.code, 0, first.log + first.stderr);
	t.not(await tree(on), before);
	const back = backSteps(on);
	const observed = await run(on, one(...back), {mode: 'observe'});
	t.true(observed.states.some((text) => text === 'undo file /srv/there/old changed'));
	t.not(await tree(on), before, 'observing changes nothing');
	const undone = await run(on, one(...back));
	t.is(undone.code, 0, undone.log + undone.stderr);
	t.is(await tree(on), before);
	const again = await run(on, one(...back));
	t.true(
		again.states.every((text) => text.endsWith(' unchanged')),
		again.log,
	);
});

asRoot('what others put beside ours, or in place of ours, stays', async (t) => {
	const on = t.context;
	const lock = archived(on, {a: '1', b: '2'});
	await run(
		on,
		one({kind: 'dir', path: '/srv/d', mode: '0755'}, {kind: 'file', path: '/srv/d/ours', content: '', mode: '0644'}, unpack),
		{
			lock,
		},
	);
	on.write('/srv/d/theirs', 'theirs');
	rmSync(on.at('/srv/opt/tool/bin/a'));
	on.write('/srv/opt/tool/bin/a', 'a newer one');
	await run(on, one(...backSteps(on)));
	t.is((await on.sh('cd /srv && find . -type f | sort')).stdout, './d/theirs\n./opt/tool/bin/a\n');
	t.is(on.read('/srv/opt/tool/bin/a'), 'a newer one');
});

asRoot('lines of fstab are in force again, and what was added to it since stays', async (t) => {
	const on = t.context;
	const theirs = 'UUID=1 / ext4 rw 0 1\r\n  /swap\tnone swap sw 0 0\n/swap2 none swap sw 0 0';
	const path = '/srv/etc/fstab';
	mkdirSync(on.at('/srv/etc'));
	on.write(path, theirs);
	await run(on, one({kind: 'file', path, content: withoutSwap(theirs), mode: '0644'}));
	t.not(on.read(path), theirs);
	on.write(path, `/dev/sdb1 /data ext4 rw 0 2\n${on.read(path)}`);
	const undone = await run(on, one(...backSteps(on)));
	t.is(undone.code, 0, undone.log);
	t.is(on.read(path), `/dev/sdb1 /data ext4 rw 0 2\n${theirs}`);
	t.regex((await run(on, one(...backSteps(on)))).states.join(), /undo file \/srv\/etc\/fstab unchanged/);
});

asRoot(
	'bytes that are no text survive: in a file that is written, in its block of ours, and in what is given back',
	async (t) => {
		const on = t.context;
		const theirs = Buffer.from('# Gro\xdfe Platte\r\n/swap none swap sw 0 0\n\xff', 'latin1');
		mkdirSync(on.at('/srv/etc'));
		for (const name of ['fstab', 'hosts', 'other']) on.write(`/srv/etc/${name}`, theirs);
		const latin1 = withoutSwap(theirs.toString('latin1'));
		const steps: Step[] = [
			{kind: 'file', path: '/srv/etc/fstab', content: [{latin1}], mode: '0644'},
			{kind: 'file', path: '/srv/etc/other', content: 'ours', mode: '0644'},
			{kind: 'block', path: '/srv/etc/hosts', lines: ['10.0.0.1 cp1']},
		];
		await run(on, one(...steps));
		t.deepEqual(readFileSync(on.at('/srv/etc/fstab')), Buffer.from(latin1, 'latin1'));
		t.true(readFileSync(on.at('/srv/etc/hosts')).subarray(0, theirs.length).equals(theirs));
		for (const mode of ['observe', 'apply']) {
			t.true((await run(on, one(...steps), {mode})).states.every((text) => text.endsWith('unchanged')));
		}
		await run(on, one(...backSteps(on)));
		for (const name of ['fstab', 'hosts', 'other']) t.deepEqual(readFileSync(on.at(`/srv/etc/${name}`)), theirs, name);
	},
);

asRoot('a secret that was written over cannot come back, and ours does not stay', async (t) => {
	const on = t.context;
	on.write('/srv/key', 'an old key');
	await run(on, one({kind: 'file', path: '/srv/key', content: [{secret: 'ca.key'}], mode: '0600'}));
	t.false(on.read('/var/lib/kubestrap/owned.ndjson').includes(Buffer.from('an old key').toString('base64')));
	await run(on, one(...backSteps(on)));
	t.false(on.has('/srv/key'));
});

asRoot(
	'a service gets its state back: one of ours is stopped and disabled, one that ran is started anew on the old files',
	async (t) => {
		const on = t.context;
		const undo = (name: string, before: string): Step => ({kind: 'undo', owned: {kind: 'service', name, before}});
		const state = (active: string, enabled: string) => `ActiveState=${active}\nUnitFileState=${enabled}\nNeedDaemonReload=no\n`;
		on.write('/run/services/ours.service', state('active', 'enabled'));
		on.write('/run/services/theirs.service', state('active', 'enabled'));
		on.write('/srv/f', 'ours');
		const file: Step = {kind: 'undo', owned: {kind: 'file', name: '/srv/f', before: null}};
		const steps = one(undo('ours.service', 'inactive absent'), file, undo('theirs.service', 'active enabled'));
		const first = await run(on, steps);
		t.deepEqual(first.states, [
			'undo service ours.service changed',
			'undo file /srv/f changed',
			'undo service theirs.service changed',
		]);
		const calls = on.read('/run/systemctl.log');
		t.regex(calls, /stop -- ours.service\ndisable -q -- ours.service/);
		t.regex(calls, /restart -- theirs.service/);
		on.write('/run/services/ours.service', state('inactive', ''));
		t.deepEqual(
			(await run(on, steps)).states.map((text) => text.split(' ').at(-1)),
			['unchanged', 'unchanged', 'unchanged'],
		);
	},
);

test('a service whose unit went with what we laid there is not started again', async (t) => {
	const on = t.context;
	on.write('/run/services/kubelet.service', 'ActiveState=inactive\nUnitFileState=\nNeedDaemonReload=no\n');
	on.write('/run/services/kubelet.service.gone', '');
	on.write('/srv/kubelet.service', 'ours');
	const undo = (kind: string, name: string, before: string | null): Step => ({kind: 'undo', owned: {kind, name, before}});
	const steps = one(undo('file', '/srv/kubelet.service', null), undo('service', 'kubelet.service', 'active enabled'));
	t.is((await run(on, steps)).states.length, 2);
	t.notRegex(on.read('/run/systemctl.log'), /restart/);
});

test('what we laid down and took away again does not come back, and its bytes are on no record', async (t) => {
	const on = t.context;
	const path = '/srv/bootstrap';
	await run(on, one({kind: 'file', path, content: 'the token', mode: '0600'}));
	await run(on, one({kind: 'absent', path}));
	t.false(on.has(path));
	t.notRegex(on.read('/var/lib/kubestrap/owned.ndjson'), /"absent"/);
});

asRoot('a service that was masked and ran is started before its mask comes back', async (t) => {
	const on = t.context;
	on.write('/run/services/theirs.service', 'ActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n');
	await run(on, one({kind: 'undo', owned: {kind: 'service', name: 'theirs.service', before: 'active masked'}}));
	const calls = on
		.read('/run/systemctl.log')
		.split('\n')
		.filter((line) => /^(restart|mask|unmask)/.test(line));
	t.deepEqual(calls, ['restart -- theirs.service', 'mask -q -- theirs.service']);
});

asRoot('a file that got a secret of ours later is still ours, and what stood there before it comes back', async (t) => {
	const on = t.context;
	on.write('/srv/mirror.toml', 'theirs\n');
	on.fake('sync', 'echo "$*" >>/run/synced');
	const path = '/srv/mirror.toml';
	await run(on, one({kind: 'file', path, content: 'ours', mode: '0600'}));
	await run(on, one({kind: 'file', path, content: ['ours, ', {secret: 'ca.key'}], mode: '0600'}));
	t.is(on.read(path), 'ours, SECRET');
	// Without it a power cut would leave the line of what was there before, and ours would look like somebody's.
	t.is(on.read('/run/synced').match(/wrote$/gm)?.length, 1);
	const {code, log} = await run(on, one(...backSteps(on)));
	t.is(code, 0, log);
	t.is(on.read(path), 'theirs\n', log);
});

asRoot('a service that ran, was not enabled, and that somebody has masked since stays masked', async (t) => {
	const on = t.context;
	on.write('/run/services/theirs.service', 'ActiveState=inactive\nUnitFileState=masked\nNeedDaemonReload=no\n');
	for (const enabled of ['disabled', 'static', 'absent']) {
		const undo: Step = {kind: 'undo', owned: {kind: 'service', name: 'theirs.service', before: `active ${enabled}`}};
		const {states, log} = await run(on, one(undo));
		t.deepEqual(states, ['undo service theirs.service unchanged'], log);
		t.regex(log, /left as it is, because somebody has masked it since: theirs\.service/);
	}
	t.notRegex(on.read('/run/systemctl.log'), /restart|unmask/);
});

asRoot('a service that has failed too often is started again all the same', async (t) => {
	const on = t.context;
	on.write('/run/services/theirs.service', 'ActiveState=failed\nUnitFileState=enabled\nNeedDaemonReload=no\n');
	await run(on, one({kind: 'undo', owned: {kind: 'service', name: 'theirs.service', before: 'active enabled'}}));
	t.regex(on.read('/run/systemctl.log'), /reset-failed -- theirs\.service\n(.*\n)*restart -- theirs\.service/);
});

asRoot('what somebody has changed since stays as he made it, and is said; what is as we left it goes back', async (t) => {
	const on = t.context;
	for (const name of ['hostname', 'edited', 'removed', 'linked', 'again']) on.write(`/srv/etc-${name}`, `old ${name}\n`);
	for (const name of ['ours', 'theirs']) mkdirSync(on.at(`/srv/d-${name}`), {mode: 0o750});
	symlinkSync('old', on.at('/srv/l-ours'));
	symlinkSync('old', on.at('/srv/l-theirs'));
	const written = (content: string) =>
		['hostname', 'edited', 'removed', 'linked'].map(
			(name): Step => ({kind: 'file', path: `/srv/etc-${name}`, content, mode: '0644'}),
		);
	const others: Step[] = [
		{kind: 'absent', path: '/srv/etc-again'},
		...['ours', 'theirs'].flatMap((name): Step[] => [
			{kind: 'dir', path: `/srv/d-${name}`, mode: '0755'},
			{kind: 'link', path: `/srv/l-${name}`, to: 'new'},
		]),
	];
	await run(on, one(...written('first of ours'), ...others));
	await run(on, one(...written('second of ours'), ...others));
	on.write('/srv/etc-edited', 'second of ours, and a line of theirs');
	on.write('/srv/etc-again', 'made anew by them');
	rmSync(on.at('/srv/etc-removed'));
	rmSync(on.at('/srv/etc-linked'));
	rmSync(on.at('/srv/l-theirs'));
	symlinkSync('/srv/elsewhere', on.at('/srv/etc-linked'));
	symlinkSync('theirs', on.at('/srv/l-theirs'));
	await on.sh('chmod 700 /srv/d-theirs');
	const {code, log} = await run(on, one(...backSteps(on)));
	t.is(code, 0, log);
	t.is(on.read('/srv/etc-hostname'), 'old hostname\n');
	t.is(on.read('/srv/etc-removed'), 'old removed\n');
	t.is(on.read('/srv/etc-edited'), 'second of ours, and a line of theirs');
	t.is(on.read('/srv/etc-again'), 'made anew by them');
	t.is(
		(await on.sh('cd /srv && readlink etc-linked l-ours l-theirs; stat -c %a d-ours d-theirs')).stdout,
		'/srv/elsewhere\nold\ntheirs\n750\n700\n',
	);
	t.deepEqual(
		log
			.split('\n')
			.flatMap((line) => /^\* \d+ left as it is, .*: (.*)$/.exec(line)?.[1] ?? [])
			.sort(),
		['/srv/etc-again', '/srv/etc-edited', '/srv/etc-linked', '/srv/l-theirs', 'the mode of /srv/d-theirs'],
	);
});

asRoot(
	'a setting of the kernel that somebody has changed since stays; a record of an earlier version gives all back',
	async (t) => {
		const on = t.context;
		on.write('/srv/ours', '1\n');
		on.write('/srv/theirs', '1\n');
		on.write('/srv/file', 'theirs since\n');
		on.write('/var/lib/kubestrap/wrote', '/proc/sys/srv/theirs\tsysctl 2\n');
		const {text} = compile(
			{name: 'c', awaits: [], phases: one({kind: 'undo', owned: {kind: 'sysctl', name: 'srv.theirs', before: '0'}})},
			{lock: emptyLock, urls: () => [], criSocket: ''},
		);
		t.regex(text, /undo sysctl \/proc\/sys\/srv\/theirs 0/);
		const older = Buffer.from('old\n').toString('base64');
		await run(on, one({kind: 'undo', owned: {kind: 'file', name: '/srv/file', before: `644 root:root ${older}`}}));
		t.is(on.read('/srv/file'), 'old\n');
		const functions = text.slice(0, text.indexOf('phase_0() {')).replace(/^finish\(\)/m, 'unused()');
		on.write(
			'/srv/functions',
			functions.slice(functions.indexOf('now() {'), functions.lastIndexOf('if [ "$mode" = observe ]; then\n\texec')),
		);
		const {stdout} = await on.sh(`S=/var/lib/kubestrap mode=apply index=3; exec 3>&1; . /srv/functions
printf '/srv/ours\tsysctl 1\n/srv/theirs\tsysctl 2\n' >$S/wrote
undone_sysctl /srv/ours 0 || echo 'goes back'; undone_sysctl /srv/theirs 0 && echo stays`);
		t.is(stdout, 'goes back\n* 3 left as it is, because somebody has changed it since kubestrap did: /srv/theirs\nstays\n');
	},
);
