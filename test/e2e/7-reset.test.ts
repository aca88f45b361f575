/** Reset: machines as they were before init, what others put there untouched, and a reset that dies is gone on with. */
import {rmSync} from 'node:fs';
import test from 'ava';
import type {Event} from '../../src/model.ts';
import {differences} from './left-behind.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let before: string[][];
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open();
	before = await wholes();
});
test.after.always(() => stage?.close());

const wholes = () => Promise.all(stage.lab.nodes.map(({name}) => stage.whole(name)));
const reset = (...args: string[]) => stage.start(['reset', '-c', stage.config(), ...args]);

const canaries = `set -e
mkdir -p /srv/disk /var/lib/kubelet/pods/canary/volumes/data /var/lib/kubelet/seccomp
echo volume >/srv/disk/canary
mount --bind /srv/disk /var/lib/kubelet/pods/canary/volumes/data
echo profile >/var/lib/kubelet/seccomp/canary.json
echo '{}' >/etc/cni/net.d/99-canary.conflist.bak
echo binary >/opt/cni/bin/canary
iptables -N CANARY && iptables -A FORWARD -m comment --comment 'not KUBE-' -j CANARY`;
const seen = `cat /srv/disk/canary /var/lib/kubelet/seccomp/canary.json /etc/cni/net.d/99-canary.conflist.bak /opt/cni/bin/canary
ls -A /var/lib/kubelet /etc/cni/net.d /opt/cni/bin; iptables -S FORWARD | grep CANARY; ls -A /var/lib/kubestrap 2>&1 || :`;

test.serial('nobody can be asked without a terminal: exit 2, and nothing is contacted', async (t) => {
	const run = await reset().done;
	t.is(run.code, 2);
	t.false(run.events.some(({type}) => type === 'survey'));
});

test.serial('after init and reset each machine is as it was, but for what is listed', async (t) => {
	t.timeout(600_000);
	const made = await stage.init().done;
	t.is(made.code, 0, made.stderr);
	const run = await reset('-y').done;
	t.is(run.code, 0, run.stderr);
	const now = await wholes();
	t.deepEqual(
		now.map((lines, index) => differences(lines, before[index]!)),
		now.map(() => []),
	);
});

test.serial('a second reset finds nothing to do, and writes nothing', async (t) => {
	t.timeout(120_000);
	const first = await wholes();
	const run = await reset('-y').done;
	t.is(run.code, 0, run.stderr);
	t.is(run.summary.changed, 0);
	t.deepEqual(await wholes(), first);
});

test.serial('preflight is content with the machines, and init works again', async (t) => {
	t.timeout(300_000);
	const looked = await stage.kubestrap(['preflight', '-c', stage.config()]);
	t.is(looked.code, 0, looked.stderr);
	// The way into the cluster that is gone is the operator's to remove.
	rmSync(stage.kubeconfig);
	const run = await stage.init().done;
	t.is(run.code, 0, run.stderr);
	const proof = await stage.kubestrap(['verify', '-c', stage.config()]);
	t.is(proof.code, 0, proof.stderr);
});

test.serial('a control plane of another cluster needs the operator\u2019s word', async (t) => {
	const run = await stage.kubestrap([
		'reset',
		'-y',
		'-c',
		stage.config((text) => text.replace(/name: \S+?([},\n])/, 'name: other$1')),
	]);
	t.is(run.code, 3);
	const found = run.events.filter(({type}) => type === 'check').map(({detail}) => (detail as {id: string}).id);
	t.deepEqual([...new Set(found)], ['OtherCluster']);
});

test.serial('killed in the middle, operator and program, the same command goes on; what is not ours stays', async (t) => {
	t.timeout(600_000);
	await Promise.all(stage.lab.nodes.map(({name}) => stage.ssh(name, canaries)));
	const begins = (phase: string) => (event: Event) => event.type === 'phase' && event.phase === phase && event.node === 'cp1';
	for (const phase of ['reset-pods', 'reset-files']) {
		const running = reset('-y');
		await running.seen((event) => begins(phase)(event) && event.state === 'started');
		running.kill('SIGKILL');
		await stage.ssh('cp1', "systemctl kill -s KILL 'kubestrap-*' || :");
		await running.done;
	}
	const run = await reset('-y').done;
	t.is(run.code, 0, run.stderr);
	for (const {name} of stage.lab.nodes) {
		const stays = await stage.ssh(name, seen);
		const expected =
			`volume profile {} binary /etc/cni/net.d: 99-canary.conflist.bak  /opt/cni/bin: canary  /var/lib/kubelet: seccomp`.split(
				' ',
			);
		t.deepEqual(stays.trim().split('\n'), [
			...expected,
			'-A FORWARD -m comment --comment "not KUBE-" -j CANARY',
			"ls: cannot access '/var/lib/kubestrap': No such file or directory",
		]);
		await stage.ssh(name, 'iptables -F FORWARD; iptables -X CANARY; rm -rf /srv/disk /var/lib/kubelet /etc/cni /opt/cni');
	}
	const now = await wholes();
	t.deepEqual(
		now.map((lines, index) => differences(lines, before[index]!)),
		now.map(() => []),
	);
});
