/** Steps are looked at on a machine, and what differs is said; the machine is left as it was. */

import {join} from 'node:path';
import {execPath} from 'node:process';
import anyTest, {type TestFn} from 'ava';
import {agreed, differencesOf} from '../../src/foresight/differences.ts';
import type {Lock, Phase, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {lookAt} from '../../src/run/observe.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {cluster, emptyLock, identity, phase, site} from '../run/values.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;
test.beforeEach((t) => {
	t.context = machine();
});
test.afterEach.always((t) => t.context.remove());

type More = {lock?: Lock; items?: typeof identity.items};

function looked(on: Machine, steps: readonly Step[], {lock = emptyLock, items = {}}: More = {}) {
	const phases: readonly Phase[] = [phase('p', {steps: () => steps})];
	const sites = [site('n1')];
	const made = plan({name: 'r', phases}, {cluster, sites, identity, lock});
	const options = {cluster, lock, sites, identity: {...identity, items}, show: true};
	return lookAt(made, new Map([['n1', on.host]]), options);
}

/** What is said of these steps, without what is the same for all. */
async function said(on: Machine, steps: readonly Step[], more: More = {}) {
	const found = differencesOf(await looked(on, steps, more), more.lock ?? emptyLock);
	return found.map(({node: _node, phase: _phase, title: _title, ...rest}) => rest);
}

const file = (path: string, content: string, mode = '0644'): Step => ({kind: 'file', path, content, mode});
const state = (on: Machine) =>
	on.sh('find /srv /var/lib/kubestrap /run/kubestrap* -printf "%p %i %T@ %C@ %m %s\\n" 2>/dev/null | sort');

asRoot('files: new, changed, with another mode, of another kind; nothing is written', async (t) => {
	const on = t.context;
	on.write('/srv/same', 'x\n');
	on.write('/srv/changed', 'one\ntwo\n');
	on.write('/srv/mode', 'x\n');
	on.write('/srv/target', '');
	on.write('/srv/bytes', Buffer.from([0, 1, 2]));
	on.write('/srv/odd', 'tab\there\u001b[2J\u202e end');
	await on.sh('chmod 640 /srv/mode; ln -s target /srv/link; mkdir /srv/folder');
	const before = await state(on);
	const steps = [
		file('/srv/same', 'x\n'),
		file('/srv/new', 'a\n'),
		file('/srv/changed', 'one\nthree\n'),
		file('/srv/mode', 'x\n', '0600'),
		file('/srv/link', 'x\n'),
		file('/srv/folder', 'x\n'),
		file('/srv/bytes', 'x\n'),
		file('/srv/odd', 'x\n'),
	];
	t.deepEqual(await said(on, steps), [
		{kind: 'file', name: '/srv/new', change: 'make', from: 'absent', to: '0644 root:root', diff: '@@ -0,0 +1,1 @@\n+a\n'},
		{kind: 'file', name: '/srv/changed', change: 'change', diff: '@@ -1,2 +1,2 @@\n one\n-two\n+three\n'},
		{kind: 'file', name: '/srv/mode', change: 'change', from: '0640 root:root', to: '0600 root:root'},
		{
			kind: 'file',
			name: '/srv/link',
			change: 'change',
			from: 'link to target, content that is not shown',
			to: '0644 root:root, sha256 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac',
		},
		{
			kind: 'file',
			name: '/srv/folder',
			change: 'change',
			from: 'directory, content that is not shown',
			to: '0644 root:root, sha256 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac',
		},
		{
			kind: 'file',
			name: '/srv/bytes',
			change: 'change',
			from: 'bytes that are no text',
			to: 'sha256 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac',
		},
		{
			kind: 'file',
			name: '/srv/odd',
			change: 'change',
			diff: '@@ -1,1 +1,1 @@\n-tab\there\ufffd[2J\ufffd end\n\\ No newline at end of file\n+x\n',
		},
	]);
	t.deepEqual(await state(on), before);
});

asRoot('what may be a secret does not leave the machine', async (t) => {
	const on = t.context;
	const canary = 'hunter2-hunter2';
	for (const name of ['key', 'made', 'private', 'once']) on.write(`/srv/${name}`, canary);
	await on.sh('chmod 600 /srv/*; chmod 640 /srv/key');
	const heard: string[] = [];
	const host = {
		...on.host,
		exec: (argv, options) =>
			on.host.exec(argv, {
				...options,
				onStdout: (chunk: Buffer) => {
					heard.push(chunk.toString());
					options.onStdout?.(chunk);
				},
			}),
	} satisfies Machine['host'];
	const secret = (path: string, id: string): Step => ({kind: 'file', path, content: [{secret: id}], mode: '0600'});
	const steps = [
		secret('/srv/key', 'ca.key'),
		secret('/srv/made', 'apiserver.key@n1'),
		file('/srv/private', 'public\n'),
		{...file('/srv/once', 'public\n'), once: true} as Step,
	];
	const items = {'apiserver@n1': {id: 'apiserver@n1', state: 'make', on: 'n1', file: '/srv/made'}} as const;
	const found = await said({...on, host}, steps, {items});
	t.deepEqual(found, [
		{kind: 'file', name: '/srv/key', change: 'change', from: '0640 root:root', to: '0600 root:root, a secret'},
		{kind: 'file', name: '/srv/made', change: 'change', to: 'a new secret'},
		{
			kind: 'file',
			name: '/srv/private',
			change: 'change',
			from: '0600 root:root, content that is not shown',
			to: '0644 root:root, sha256 cde1925e8f892f5ddaadebfecbdd060398f5d76d3d19224f60d08343d3bbde20',
		},
		{kind: 'file', name: '/srv/once', change: 'change', from: '0600 root:root', to: '0644 root:root'},
	]);
	t.true(heard.join('').includes('= '));
	for (const form of [canary, Buffer.from(canary).toString('base64')]) t.false(heard.join('').includes(form));
});

asRoot('folders, links, lines, what is to go, and a unit that is restarted because of a file', async (t) => {
	const on = t.context;
	on.write('/srv/gone', '');
	on.write('/srv/hosts', '127.0.0.1 localhost\n10.0.0.1 old # kubestrap\n');
	on.write('/srv/unit', 'a\n');
	on.write('/run/services/x.service', 'ActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n');
	on.write('/run/services/y.service', 'ActiveState=inactive\nUnitFileState=disabled\nNeedDaemonReload=no\n');
	const steps: Step[] = [
		{kind: 'dir', path: '/srv/d', mode: '0750'},
		{kind: 'link', path: '/srv/l', to: 'd'},
		{kind: 'absent', path: '/srv/gone'},
		{kind: 'line', path: '/srv/hosts', line: '10.0.0.2 new'},
		{kind: 'file', path: '/srv/unit', content: 'b\n', mode: '0644', notify: ['x.service']},
		{kind: 'service', unit: 'x.service', state: 'started', enabled: true},
		{kind: 'service', unit: 'y.service', state: 'started', enabled: true},
		{kind: 'run', title: 'do it', command: ['true'], unless: ['false']},
		{kind: 'wait', title: 'it is done', until: ['false'], seconds: 1},
	];
	t.deepEqual(await said(on, steps), [
		{kind: 'dir', name: '/srv/d', change: 'make', from: 'absent', to: '0750 root:root'},
		{kind: 'link', name: '/srv/l', change: 'make', from: 'absent', to: 'link to d'},
		{kind: 'absent', name: '/srv/gone', change: 'remove', from: 'regular empty file', to: 'absent'},
		{
			kind: 'line',
			name: '/srv/hosts',
			change: 'change',
			diff: '@@ -1,1 +1,1 @@\n-10.0.0.1 old # kubestrap\n+10.0.0.2 new # kubestrap\n',
		},
		{kind: 'file', name: '/srv/unit', change: 'change', diff: '@@ -1,1 +1,1 @@\n-a\n+b\n'},
		{kind: 'service', name: 'y.service', change: 'change', from: 'inactive, disabled', to: 'active, enabled'},
		{kind: 'run', name: 'do it', change: 'run'},
		{kind: 'wait', name: 'it is done', change: 'wait'},
		{kind: 'service', name: 'x.service', change: 'restart', to: 'restarted, because of the changes above'},
	]);
});

const id = 'v1/ConfigMap/kube-system/a';
const config: Step = {
	kind: 'object',
	id,
	own: 'apply',
	manifest: JSON.stringify({
		apiVersion: 'v1',
		kind: 'ConfigMap',
		metadata: {namespace: 'kube-system', name: 'a'},
		data: {k: 'new'},
	}),
};
const kubectl = (diff: string) => `case "$*" in
*' diff '*) ${diff} ;;
esac
exec ${execPath} ${join(import.meta.dirname, '../run/kubectl.ts')} "$@"`;
const there = {
	[id]: {thing: {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'a', namespace: 'kube-system'}}, uid: 'u', version: 3},
};

asRoot('objects: absent, different as the API sees it, and unknown while it does not answer', async (t) => {
	const on = t.context;
	// A fake of what `kubectl diff` prints, with the differ that was asked for.
	const printed = String.raw`[ "$KUBECTL_EXTERNAL_DIFF" = 'diff -N -U 100000' ] && [ "$TMPDIR" != /tmp ] &&
printf '%s\n' 'diff -N -U /x /y' "--- /tmp/LIVE-$$/x" '+++ /y' '@@ -1,5 +1,5 @@' ' apiVersion: v1' ' data:' '-  k: old' '+  k: new' ' metadata:' '-  generation: 1' '+  generation: 2'; exit 1`;
	on.fake('kubectl', kubectl(printed));
	t.deepEqual(await said(on, [config]), [
		{
			kind: 'object',
			name: id,
			change: 'make',
			from: 'absent',
			diff: '@@ -0,0 +1,7 @@\n+apiVersion: v1\n+kind: ConfigMap\n+metadata:\n+  namespace: kube-system\n+  name: a\n+data:\n+  k: new\n',
		},
	]);
	on.write('/run/api.json', JSON.stringify(there));
	t.deepEqual(await said(on, [config]), [
		{
			kind: 'object',
			name: id,
			change: 'change',
			diff: '@@ -1,4 +1,4 @@\n apiVersion: v1\n data:\n-  k: old\n+  k: new\n metadata:\n',
		},
	]);
	t.deepEqual(await looked(on, [config]), await looked(on, [config]), 'what is seen twice is the same');
	const secret: Step = {...config, id: 'v1/Secret/kube-system/a'} as Step;
	on.write('/run/api.json', JSON.stringify({'v1/Secret/kube-system/a': there[id], ...there}));
	t.like((await said(on, [secret]))[0], {to: 'a secret'});
	on.fake('kubectl', kubectl('exit 2'));
	t.deepEqual(await said(on, [config]), [{kind: 'object', name: id, change: 'change', from: 'unknown'}]);
	on.write('/run/api.trouble', '9 The connection to the server was refused');
	t.deepEqual(await said(on, [config]), [{kind: 'object', name: id, change: 'change', from: 'unknown'}]);
});

test('what nodes have in common is said once, in the order of the phases', (t) => {
	const one = {title: 'T', kind: 'sysctl', name: 'a', change: 'change', from: '0', to: '1'} as const;
	const rows = [
		{...one, node: 'cp1', phase: 'b'},
		{...one, node: 'cp1', phase: 'a'},
		{...one, node: 'w1', phase: 'a'},
		{...one, node: 'w2', phase: 'a', from: '2'},
	];
	t.deepEqual(
		agreed(rows, ['a', 'b']).map(({phase: name, nodes, from}) => [name, from, nodes.join()]),
		[
			['a', '0', 'cp1,w1'],
			['a', '2', 'w2'],
			['b', '0', 'cp1'],
		],
	);
});
