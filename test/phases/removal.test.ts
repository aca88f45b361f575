import {spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {drain as drainScript, isDrained} from '../../src/contract/drain-script.ts';
import {agree, asPlanned, isRemoved, removeMember} from '../../src/contract/etcd-removal.ts';
import type {EtcdMember, Living, Site, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {nodeRemove} from '../../src/recipes.ts';
import {cluster, emptyLock, identity, site} from '../run/values.ts';

const member = (name: string, id: string, more: Partial<EtcdMember> = {}): EtcdMember => ({
	id,
	name,
	peerUrls: [`https://10.0.0.${id}:2380`],
	clientUrls: [],
	learner: false,
	healthy: true,
	leader: false,
	...more,
});
const node = (name: string): Living['nodes'][number] => ({
	name,
	uid: name,
	ready: true,
	unschedulable: false,
	controlPlane: true,
	addresses: [],
	kubeletVersion: '',
	runtime: '',
});
const living: Living = {
	seat: 'cp1',
	server: 'https://10.0.0.1:6443',
	nodes: ['cp1', 'cp2', 'cp3', 'w1'].map(node),
	members: [member('cp1', '1'), member('cp2', '2'), member('cp3', '3')],
	configMaps: {},
};
const options = {seconds: 300, force: false, undrained: [] as readonly string[]};
const leaving = (name: string, stage: Site['stage'], role: Site['role'] = 'control-plane'): Site => ({
	...site(name, role),
	stage: stage!,
});

/** What is done through the control plane that stays: `NODE @ MACHINE: PHASES`, a line for each chapter, and the steps by title. */
function drawn(sites: readonly Site[], more: Partial<typeof options> = {}) {
	const all = [{...site('cp1'), stage: 'member'} as const, ...sites];
	const scope = {cluster, sites: all, identity, lock: emptyLock, living};
	const {nodes} = plan(nodeRemove({...options, ...more}), scope);
	const elsewhere = nodes.flatMap(({node: name, chapters}) =>
		chapters.flatMap(({at, awaits, phases}) => (at === undefined ? [] : [{name, at, awaits, phases}])),
	);
	return {
		lines: elsewhere.map(
			({name, at, awaits, phases}) =>
				`${name} @ ${at}[${awaits.map((pair) => `${pair.node}/${pair.phase}`).join(',')}]: ${phases.map((phase) => phase.name).join(' ')}`,
		),
		steps: elsewhere.flatMap(({phases}) => phases.flatMap(({steps}) => steps)),
		own: nodes.filter(({chapters}) => chapters.some(({at}) => at === undefined)).map(({node: name}) => name),
	};
}
const argsOf = (steps: readonly Step[], title: string) =>
	steps.flatMap((step) =>
		step.kind === 'run' && step.title === title && 'args' in step.command ? (step.command.args ?? []) : [],
	);

test('voters leave one after the other, each with the list that there will be then; all are closed before one is drained', (t) => {
	const {lines, steps} = drawn([leaving('cp2', 'gone'), leaving('cp3', 'gone'), leaving('w1', 'gone', 'worker')]);
	t.deepEqual(lines, [
		'cp2 @ cp1[]: cordon',
		'cp2 @ cp1[cp3/cordon,w1/cordon]: drain etcd-member-remove node-object-remove',
		'cp3 @ cp1[]: cordon',
		'cp3 @ cp1[cp2/cordon,w1/cordon]: drain',
		'cp3 @ cp1[cp2/etcd-member-remove]: etcd-member-remove node-object-remove',
		'w1 @ cp1[]: cordon',
		'w1 @ cp1[cp2/cordon,cp3/cordon]: drain node-object-remove',
	]);
	t.deepEqual(argsOf(steps, 'remove cp2 from etcd'), ['2', '1:false 2:false 3:false']);
	t.deepEqual(argsOf(steps, 'remove cp3 from etcd'), ['3', '1:false 3:false']);
});

test('a machine that is gone has no walk of its own, one that answers is reset on its own', (t) => {
	t.false(drawn([leaving('cp2', 'gone')]).own.includes('cp2'));
	t.true(drawn([leaving('cp2', 'leaving')]).own.includes('cp2'));
});

test('pods that cannot end are not waited for, and a Node that is not there needs nothing', (t) => {
	t.deepEqual(drawn([leaving('w1', 'gone', 'worker')], {undrained: ['w1']}).lines, ['w1 @ cp1[]: node-object-remove']);
	t.deepEqual(drawn([leaving('w7', 'gone', 'worker')]).lines, []);
});

test('a failed drain says how to go on, and how to keep the node', (t) => {
	const {steps} = drawn([leaving('w1', 'gone', 'worker')], {force: true, seconds: 30});
	t.deepEqual(argsOf(steps, 'drain w1'), ['https://10.0.0.1:6443', 'w1', '30', 'true']);
	const [remedy] = steps.flatMap((step) => (step.kind === 'run' && step.remedy ? [step.remedy] : []));
	t.regex(remedy!, /run the same command again: it goes on.*kubectl uncordon w1/s);
});

/** Runs a script with fakes in front of the real programs. They are sh, and see the words that they were called with. */
function ran(script: string, args: readonly string[], fakes: Readonly<Record<string, string>>, {stopped = false} = {}) {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-fakes-'));
	try {
		for (const [name, text] of Object.entries(fakes)) {
			writeFileSync(join(folder, name), `#!/bin/sh\necho "$*" >>${folder}/calls\n${text}\n`);
			chmodSync(join(folder, name), 0o755);
		}
		writeFileSync(join(folder, 'calls'), '');
		writeFileSync(
			join(folder, 'etcd.yaml'),
			'    - --trusted-ca-file=/pki/ca.crt\n    - --listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379\n',
		);
		const here = script
			.replaceAll('/etc/kubernetes/manifests/etcd.yaml', join(folder, 'etcd.yaml'))
			.replaceAll('/run/', `${folder}/`);
		const {status, stdout, stderr, output} = spawnSync('sh', ['-c', here, 'sh', ...args], {
			env: {...process.env, PATH: `${folder}:${process.env.PATH}`, index: '4', stop: join(folder, stopped ? 'calls' : 'none')},
			stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
			encoding: 'utf8',
		});
		return {
			status,
			said: stdout.trim().split('\n'),
			stderr,
			told: String(output[3] ?? ''),
			calls: readFileSync(join(folder, 'calls'), 'utf8'),
		};
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

const list = (...rows: readonly string[]) => rows.map((row) => `echo '${row}'`).join('; ');
const row = (id: number, learner = false) =>
	`${id}, started, cp${id}, https://10.0.0.${id}:2380, https://10.0.0.${id}:2379, ${learner}`;
const well = (id: number, leads = false) =>
	`https://10.0.0.${id}:2379, ${id}, 3.7.0, 3.7.0, 20 kB, 16 kB, 20%, 2.1 GB, ${leads}, false, 2, 8, 8, , , false`;
/** Not etcd: answers with these lists, and does whatever it is told. */
const fakeEtcd = (members: readonly string[], states: readonly string[]) => ({
	crictl: `case "$*" in
ps*) echo pod ;;
*'member list'*) ${list(...members)} ;;
*'endpoint status'*) ${list(...states)} ;;
esac`,
});
const three = fakeEtcd([row(1), row(2), row(3)], [well(1), well(2, true), well(3)]);

test('the member goes when all is as it was planned; a leader hands over to one that stays', (t) => {
	const planned = asPlanned(living.members!);
	const follower = ran(removeMember, ['3', planned], three);
	t.is(follower.status, 0, follower.said.join('\n'));
	t.regex(follower.calls, /member remove 3$/m);
	t.notRegex(follower.calls, /move-leader/);
	const leader = ran(removeMember, ['2', planned], three);
	t.is(leader.status, 0);
	t.regex(leader.calls, /--endpoints=https:\/\/10\.0\.0\.2:2379 move-leader [13]\n.*member remove 2\n/);
});

test('members that changed since we looked are left alone', (t) => {
	const {status, said, calls} = ran(removeMember, ['3', '1:false 3:false'], three);
	t.is(status, 1);
	t.deepEqual(said, [
		'members when we looked: 1:false 3:false',
		'members now: 1:false 2:false 3:false',
		'the members of etcd changed since we looked: run the same command again',
	]);
	t.notRegex(calls, /member remove/);
});

test('at the last moment too, those that stay must be able to agree', (t) => {
	const {status, said, calls} = ran(
		removeMember,
		['2', '1:false 2:false 3:false'],
		fakeEtcd([row(1), row(2), row(3)], [well(1), well(2, true)]),
	);
	t.is(status, 1);
	t.deepEqual(said, [
		'without this member etcd would have 2 voters, and only 1 of them are well: they could not agree on anything',
	]);
	t.notRegex(calls, /member remove/);
	t.is(
		ran(removeMember, ['3', '1:false 2:false 3:false'], fakeEtcd([row(1), row(2), row(3)], [well(1), well(2, true)])).status,
		0,
	);
});

test('a learner counts for nothing, and an etcd that does not answer is no proof of absence', (t) => {
	t.is(ran(removeMember, ['2', '1:false 2:true'], fakeEtcd([row(1), row(2, true)], [well(1, true)])).status, 0);
	t.is(ran(isRemoved, ['3'], three).status, 1);
	t.is(ran(isRemoved, ['4'], three).status, 0);
	t.not(ran(isRemoved, ['3'], {crictl: 'case $1 in ps) echo pod ;; *) exit 1 ;; esac'}).status, 0);
	t.is(ran(agree, [], three).status, 0);
	t.is(ran(agree, [], fakeEtcd([row(1), row(2)], [well(1)])).status, 1);
});

test('a container that only is called etcd is not asked', (t) => {
	const workload = {crictl: `case "$*" in *pod.namespace=kube-system*) ;; ps*) echo workload ;; *) ${list(row(1))} ;; esac`};
	const {status, said} = ran(isRemoved, ['3'], workload);
	t.is(status, 1);
	t.deepEqual(said, ['etcd does not run on this node']);
});

/** Not a cluster: one pod on the node, which a budget holds. */
const heldBy = (drain: string) => ({
	kubectl: `case "$*" in
*' drain '*) ${drain} ;;
*'get pods --all'*) echo default/web-1 ;;
*'get pods,pod'*) echo 'w1 default/web-1 web 2 2'; echo 'w2 default/web-2 web 2 2' ;;
esac`,
});

test('what holds a drain up is named with its numbers, while it waits and at the end', (t) => {
	const late = heldBy(`sleep 1.5; echo 'error: unable to drain node "w1" due to error: global timeout reached: 1s' >&2; exit 1`);
	const {status, said, told, calls} = ran(drainScript, ['https://10.0.0.1:6443', 'w1', '1', 'false'], late);
	const why = 'PodDisruptionBudget default/web does not let default/web-1 go: it wants 2 healthy pods, and there are 2';
	t.is(status, 1);
	t.deepEqual(said, ['still there: default/web-1', why]);
	t.is(told, `~ 4 still there: default/web-1; ${why}\n`);
	t.regex(calls, /drain w1 --ignore-daemonsets --delete-emptydir-data --force=false --timeout=1s/);
});

test('what kubectl does not dare to delete is its own last word', (t) => {
	const refusal =
		'error: unable to drain node "w1" due to error: cannot delete Pods that declare no controller (use --force to override): default/web-1';
	const {status, said} = ran(drainScript, ['s', 'w1', '9', 'false'], heldBy(`echo '${refusal}' >&2; exit 1`));
	t.is(status, 1);
	t.is(said.at(-1), refusal);
});

test('who says stop ends a drain: the pods that have left stay away, and the others stay', (t) => {
	const {status, told} = ran(drainScript, ['s', 'w1', '99', 'false'], heldBy('exec sleep 90'), {stopped: true});
	t.is(status, 78);
	t.is(told, '');
});

test('a node is drained when it is closed and empty, or no node; an API that does not answer proves nothing', (t) => {
	const state = (text: string, pods = '') => ({kubectl: `case "$*" in *'get node '*) ${text} ;; *) ${pods} ;; esac`});
	t.is(ran(isDrained, ['s', 'w1'], state("echo 'w1 true'", ':')).status, 0);
	t.is(ran(isDrained, ['s', 'w1'], state(':', ':')).status, 0);
	t.is(ran(isDrained, ['s', 'w1'], state("echo 'w1 <no value>'", ':')).status, 1);
	t.is(ran(isDrained, ['s', 'w1'], state("echo 'w1 true'", 'echo default/web-1')).status, 1);
	t.is(ran(isDrained, ['s', 'w1'], state("echo 'w1 true'", 'exit 1')).status, 1);
	t.is(ran(isDrained, ['s', 'w1'], state('exit 1', ':')).status, 1);
});
