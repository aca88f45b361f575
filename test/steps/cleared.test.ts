/** Trees that go, and mounts that are never gone through: real mounts in a namespace of the machine's own. */
import {mkdirSync} from 'node:fs';
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {compile} from '../../src/steps/compile.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {emptyLock, planned} from '../run/values.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
});
test.afterEach.always((t) => t.context.remove());

/** Mounts, then the program, then a look, in one mount namespace. Gives the program's log and what the look said. */
async function within(on: Machine, before: string, steps: readonly Step[], after: string) {
	const program = compile(
		{name: 'c', awaits: [], phases: [planned('p', steps)]},
		{lock: emptyLock, urls: () => [], criSocket: ''},
	);
	mkdirSync(on.at('/run/p'), {recursive: true});
	on.write('/run/p/program', program.text);
	const {stdout, stderr} = await on.sh(`${before}\nsh /run/p/program /run/p apply 1 u1 >&2; ${after}`);
	return {log: on.read('/run/p/log') + stderr, seen: stdout};
}

const volumes = `mkdir -p '/var/lib/kubelet/pods/1/volumes/a b' /var/lib/kubelet/pods/1/sub /var/lib/kubelet/plugins /srv/disk /srv/data
echo kept >/srv/data/canary
mount -t tmpfs none '/var/lib/kubelet/pods/1/volumes/a b' && mkdir '/var/lib/kubelet/pods/1/volumes/a b/in' && mount -t tmpfs none '/var/lib/kubelet/pods/1/volumes/a b/in'
mount --bind /srv/data /var/lib/kubelet/pods/1/sub && mount --bind /srv/disk /var/lib/kubelet/pods/1/sub
`;
const kubelet: Step = {kind: 'cleared', path: '/var/lib/kubelet', only: ['pods', 'pl*']};

asRoot('everything below is unmounted, bind mounts and stacks too; then the tree goes, and the data does not', async (t) => {
	const look = 'cat /srv/data/canary; ls -A /var/lib/kubelet; grep -c /var/lib/kubelet /proc/self/mountinfo';
	const {log, seen} = await within(
		t.context,
		`${volumes}echo x >/var/lib/kubelet/theirs`,
		[{kind: 'unmounted', path: '/var/lib/kubelet'}, kubelet],
		look,
	);
	t.is(seen, 'kept\ntheirs\n0\n', log);
	t.regex(log, /@ end 0/);
});

asRoot('a mount that is in use stops everything: nothing is deleted', async (t) => {
	const busy = `${volumes}cd /var/lib/kubelet/pods/1/volumes/'a b'/in`;
	const {log, seen} = await within(
		t.context,
		busy,
		[{kind: 'unmounted', path: '/var/lib/kubelet'}, kubelet],
		'cat /srv/data/canary; ls /var/lib/kubelet',
	);
	t.is(seen, 'kept\nplugins\npods\n');
	t.regex(log, /@ 0 failed/);
	t.regex(log, /\| 0 mounted still, and nothing below \/var\/lib\/kubelet is deleted: .*a b/);
});

asRoot('a tree with a mount in it is not deleted, though the mount be of the same file system', async (t) => {
	const {log, seen} = await within(t.context, volumes, [kubelet], 'cat /srv/data/canary; ls /var/lib/kubelet/pods/1');
	t.is(seen, 'kept\nsub\nvolumes\n', log);
	t.regex(log, /not deleted, because something is mounted there/);
});

asRoot('a folder that is a link, or a mount of its own, is emptied and stays', async (t) => {
	const make =
		'mkdir -p /srv/big/pods/x && ln -s /srv/big /var/lib/kubelet; mkdir /srv/etcd && mount -t tmpfs none /srv/etcd && mkdir -p /srv/etcd/member/wal; echo >/srv/etcd/theirs';
	const steps: Step[] = [
		{kind: 'unmounted', path: '/var/lib/kubelet'},
		kubelet,
		{kind: 'unmounted', path: '/srv/etcd'},
		{kind: 'cleared', path: '/srv/etcd', only: ['member']},
	];
	const {log, seen} = await within(
		t.context,
		make,
		steps,
		'readlink /var/lib/kubelet; ls -A /srv/big; ls /srv/etcd; grep -c /srv/etcd /proc/self/mountinfo',
	);
	t.is(seen, '/srv/big\ntheirs\n1\n', log);
});

asRoot('a link in a tree is deleted, not followed', async (t) => {
	const {seen} = await within(
		t.context,
		'mkdir -p /srv/t/in /srv/data && echo kept >/srv/data/canary && ln -s /srv/data /srv/t/in/link',
		[{kind: 'cleared', path: '/srv/t'}],
		'cat /srv/data/canary; ls /srv',
	);
	t.is(seen, 'kept\ndata\n');
});

asRoot('the record goes with everything in it while its program runs', async (t) => {
	const {log, seen} = await within(
		t.context,
		'mkdir -p /var/lib/kubestrap/objects',
		[{kind: 'cleared', path: '/var/lib/kubestrap'}],
		'ls -A /var/lib; cat /run/p/rc',
	);
	t.is(seen, '0\n', log);
	t.regex(log, /@ 0 changed/);
});
