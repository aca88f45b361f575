import {spawn} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import {ConnectError, TransportError} from '../../src/errors.ts';
import type {Host} from '../../src/model.ts';
import {readLiving, seated} from '../../src/survey/living.ts';
import {readRising} from '../../src/survey/rising.ts';
import {cluster, spec} from '../checks/sample.ts';

const apiManifest = `spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=10.0.0.1
    - "--secure-port=7443"
`;
const etcdManifest = `spec:
  containers:
  - command:
    - etcd
    - --listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379
    - --name=cp1
    - --trusted-ca-file=/pki/etcd/ca.crt
`;
const notFound = (name: string) => `echo 'Error from server (NotFound): configmaps "${name}" not found' >&2; exit 1`;
/** Answers of the fake kubectl by path; each a line of sh. */
const answers = {
	nodes: `echo '{"kind":"NodeList","items":[{"metadata":{"name":"cp1"}}]}'`,
	'kubeadm-config': `echo '{"kind":"ConfigMap","data":{"ClusterConfiguration":"clusterName: lab"}}'`,
	'kubelet-config': `echo '{"kind":"ConfigMap","data":{"kubelet":"x"}}'`,
	'kube-proxy': notFound('kube-proxy'),
	'kube-flannel/configmaps/kube-flannel-cfg': notFound('kube-flannel-cfg'),
};
const etcdctl = `case "$*" in
*--endpoints=https://127.0.0.1:2379*--cert=/pki/etcd/healthcheck-client.crt*'member list') echo '{"members":[{"ID":10276657743932975437,"name":"cp1"}]}' ;;
*'endpoint status --cluster') echo 'Failed to get the status of endpoint https://10.0.0.2:2379' >&2; echo '[{"Status":{"header":{"member_id":10276657743932975437},"leader":1}}]'; exit 1 ;;
*) echo "unexpected: $*" >&2; exit 2 ;;
esac`;

/** etcd as it answers over HTTP: what has 64 bits is digits in text; the second member is dead, the third never started. */
const gateway = `*--server=https://127.0.0.1:2379*--client-certificate=/pki/etcd/healthcheck-client.crt*'--raw /v3/cluster/member/list -f -')
	[ "$(cat)" = '{"linearizable":true}' ] && echo '{"members":[{"ID":"10276657743932975437", "name":"cp1", "clientURLs":["https://10.0.0.1:2379"]}, {"ID":"7", "name":"cp2", "clientURLs":["https://10.0.0.2:2379","https://127.0.0.1:1"]}, {"ID":"8", "isLearner":true}]}' ;;
*--server=https://10.0.0.1:2379*'--raw /v3/maintenance/status -f -')
	echo '{"header":{"member_id":"10276657743932975437"}, "version":"3.7.0", "dbSize":"42", "leader":"10276657743932975437"}' ;;
*--server=https://10.0.0.2:2379*) echo 'The connection to the server 10.0.0.2:2379 was refused' >&2; exit 1 ;;`;
const switchedOff = `*/v3/*) echo 'Error from server (NotFound): the server could not find the requested resource' >&2; exit 1 ;;`;

type Machine = {
	readonly files?: Readonly<Record<string, string>>;
	/** Programs that claim to be kubectl and crictl, and are a few lines of sh. */
	readonly tools?: Readonly<Record<string, string>>;
	readonly change?: (chunk: Buffer) => Buffer;
};

const kubectl = (over: Partial<typeof answers> = {}, etcd = switchedOff) => `echo "$*" >>"$HOME/calls"
case "$*" in
${etcd}
${Object.entries({...answers, ...over})
	.map(([path, line]) => `*/${path}) ${line} ;;`)
	.join('\n')}
*'exec etcd-cp1 -c etcd -- etcdctl'*) ${etcdctl} ;;
*) echo "unexpected: $*" >&2; exit 2 ;;
esac`;
/** As the real one: with --sync, what a command printed is lost when it fails. */
const crictl = `case "$*" in *'ps --quiet'*) echo abc; exit ;; esac
case "$*" in *--sync*status*) echo 'command terminated with exit code 1' >&2; exit 1 ;; esac
${etcdctl}`;
const whole: Machine = {
	files: {
		'etc/kubernetes/admin.conf': 'clusters:\n- cluster:\n    server: https://lb:6443\n',
		'etc/kubernetes/manifests/kube-apiserver.yaml': apiManifest,
		'etc/kubernetes/manifests/etcd.yaml': etcdManifest,
	},
	tools: {kubectl: kubectl(), crictl},
};

/** A control plane that is none: the script runs here, with another folder for /etc and /var/lib, and with fakes of its tools. */
function machine(name: string, {files = {}, tools = {}, change = (chunk) => chunk}: Machine): Host & {readonly home: string} {
	const home = mkdtempSync(join(tmpdir(), 'kubestrap-living-'));
	const lay = (path: string, text: string) => {
		mkdirSync(dirname(join(home, path)), {recursive: true});
		writeFileSync(join(home, path), text);
	};
	for (const [path, text] of Object.entries(files)) lay(path, text);
	for (const [tool, text] of Object.entries(tools)) lay(`bin/${tool}`, `#!/bin/sh\n${text}\n`);
	for (const tool of Object.keys(tools)) chmodSync(join(home, 'bin', tool), 0o755);
	return {
		name,
		home,
		exec: (argv, {onStdout}) =>
			new Promise((resolve) => {
				const moved = argv.map((word) =>
					word.replaceAll('/etc/kubernetes', `${home}/etc/kubernetes`).replaceAll('/var/lib', `${home}/var/lib`),
				);
				const env = {PATH: `${home}/bin:/usr/bin:/bin`, HOME: home};
				const child = spawn(moved[0]!, moved.slice(1), {stdio: ['ignore', 'pipe', 'pipe'], env});
				let stderr = '';
				child.stdout.on('data', (chunk: Buffer) => onStdout?.(change(chunk)));
				child.stderr.on('data', (chunk) => {
					stderr += String(chunk);
				});
				child.on('close', (code) => resolve({code: code ?? -1, stdout: '', stderr}));
			}),
		close: async () => {},
	};
}

const nodes = [spec(), spec({name: 'w1', role: 'worker', address: '10.0.0.9'}), spec({name: 'cp2', address: '10.0.0.2'})];
const look = (...machines: Machine[]) =>
	readLiving(
		cluster({nodes}),
		new Map(machines.map((one, index) => [['cp1', 'cp2'][index]!, machine(['cp1', 'cp2'][index]!, one)])),
	);

const bare: Machine = {};
const down: Machine = {...whole, tools: {kubectl: 'echo "The connection to the server was refused" >&2; exit 1'}};

test('the first control plane whose API server answers is heard, and the others say why not', async (t) => {
	const {found, silent} = await look(bare, whole);
	t.deepEqual(
		silent.map(({key, state, why}) => [key, state, why.replace(/\/tmp\/[^/]*/, '')]),
		[['cp1', 'bare', '/etc/kubernetes/admin.conf is not there']],
	);
	t.is(found?.server, 'https://10.0.0.1:7443');
	t.deepEqual(
		found?.nodes.map(({name}) => name),
		['cp1'],
	);
	t.deepEqual(found?.configMaps, {
		'kubeadm-config': {ClusterConfiguration: 'clusterName: lab'},
		'kubelet-config': {kubelet: 'x'},
	});
	t.deepEqual(
		found?.members?.map(({id, name, healthy}) => ({id, name, healthy})),
		[{id: '8e9e05c52164694d', name: 'cp1', healthy: true}],
	);
	t.is(
		seated(
			{found},
			nodes.map((one) => ({name: `node-${one.name}`, spec: one})),
		)?.seat,
		'node-cp2',
	);
});

test('nobody answers: no cluster, with the reason of each', async (t) => {
	const {found, silent} = await look(down, bare);
	t.is(found, undefined);
	t.is(seated({found}, []), undefined);
	t.is(silent[0]?.why, 'The connection to the server was refused');
	t.deepEqual(
		silent.map(({state}) => state),
		['down', 'bare'],
	);
});

test('where an API server is about to come up it is waited for, with a word; where none is, nobody waits', async (t) => {
	let asked = 0;
	const booting: Host = {
		...machine('cp1', down),
		exec: (...call) => {
			asked += 1;
			return machine('cp1', asked > 1 ? whole : down).exec(...call);
		},
	};
	const told: unknown[] = [];
	const tell = ({detail}: {readonly detail?: unknown}) => void told.push(detail);
	const {found} = await readRising(cluster({nodes}), new Map([['cp1', booting]]), {tell});
	t.is(found?.key, 'cp1');
	t.deepEqual(told, ['cp1: its API server does not answer; it is waited for, 60 s at most']);
	t.is((await readRising(cluster({nodes}), new Map([['cp1', machine('cp1', bare)]]), {tell})).found, undefined);
	t.is(told.length, 1);
	const dead = await readRising(cluster({nodes}), new Map([['cp1', machine('cp1', down)]]), {tell, forMs: 1});
	t.is(dead.silent[0]?.state, 'down');
});

test('nobody answers and one was cut: nothing is known', async (t) => {
	const cut: Machine = {...whole, change: (chunk) => chunk.subarray(0, -1)};
	await t.throwsAsync(look(cut, bare), {instanceOf: TransportError, message: /^cp1: its look came damaged/});
	t.is((await look(cut, whole)).found?.key, 'cp2');
});

test('a control plane that takes its time holds nobody up: the next one is asked beside it', async (t) => {
	const hung: Host = {
		name: 'cp1',
		exec: (_argv, {signal}) =>
			new Promise((_, reject) => {
				signal?.addEventListener('abort', () => reject(new Error('it was given up')));
			}),
		close: async () => {},
	};
	const hosts = new Map([
		['cp1', hung],
		['cp2', machine('cp2', whole)],
	]);
	const {found, silent} = await readLiving(cluster({nodes}), hosts, {beside: 0});
	t.is(found?.key, 'cp2');
	t.deepEqual(silent, []);
});

test('a control plane whose etcd cannot be asked is heard only when no other says more', async (t) => {
	const mute = {
		...whole,
		tools: {kubectl: kubectl(), crictl: `case "$*" in *'ps --quiet'*) echo abc; exit ;; esac; echo "etcd is dead" >&2; exit 1`},
	};
	const {found, silent} = await look(mute, whole);
	t.is(found?.key, 'cp2');
	t.deepEqual(
		silent.map(({key, state}) => [key, state]),
		[['cp1', 'etcd']],
	);
	t.is((await look(mute, down)).found?.key, 'cp1');
});

test('what is not there is absent, what could not be read is an error', async (t) => {
	const forbidden = {
		...whole,
		tools: {crictl, kubectl: kubectl({'kubelet-config': 'echo "Error from server (Forbidden): no" >&2; exit 1'})},
	};
	await t.throwsAsync(look(forbidden), {
		instanceOf: ConnectError,
		message: /ConfigMap kubelet-config could not be read: .*Forbidden/,
	});
	const other = {...whole, tools: {crictl, kubectl: kubectl({'kubelet-config': notFound('kube-proxy')})}};
	await t.throwsAsync(look(other), {instanceOf: ConnectError});
});

test('etcd is asked over HTTP, each member by the address that it told; nothing is started in its container', async (t) => {
	const entered = 'echo "a process was started" >&2; exit 1';
	const {found, silent} = await look({...whole, tools: {kubectl: kubectl({}, gateway), crictl: entered}});
	t.deepEqual(silent, []);
	t.deepEqual(
		found?.members?.map(({id, name, healthy, leader, learner, version, dbSize}) => [
			id,
			name,
			healthy,
			leader,
			learner,
			version,
			dbSize,
		]),
		[
			['8', '', false, false, true, undefined, undefined],
			['8e9e05c52164694d', 'cp1', true, true, false, '3.7.0', 42],
			['7', 'cp2', false, false, false, undefined, undefined],
		],
	);
	const dead = `*/v3/*) echo 'The connection to the server 127.0.0.1:2379 was refused' >&2; exit 1 ;;`;
	const mute = await look({...whole, tools: {kubectl: kubectl({}, dead), crictl: entered}});
	t.false('members' in mute.found!);
	t.deepEqual(
		mute.silent.map(({why}) => why),
		['etcd could not be asked for its members: The connection to the server 127.0.0.1:2379 was refused'],
	);
});

test('etcd that refuses to be asked over HTTP, itself or a member of it, is asked in its container', async (t) => {
	const unavailable = `echo 'Error from server (ServiceUnavailable): the server is currently unable to handle the request' >&2; exit 1 ;;`;
	const refused = [
		`*/v3/*) ${unavailable}`,
		gateway.replace("echo 'The connection to the server 10.0.0.2:2379 was refused' >&2; exit 1 ;;", unavailable),
	];
	for (const etcd of refused) {
		const {found, silent} = await look({...whole, tools: {kubectl: kubectl({}, etcd), crictl}});
		t.deepEqual(silent, []);
		t.deepEqual(
			found?.members?.map(({name, healthy}) => [name, healthy]),
			[['cp1', true]],
			'what etcdctl says of its members',
		);
	}
});

test('without crictl etcd is asked through the API server, without an etcd it is not', async (t) => {
	const through = await look({...whole, tools: {kubectl: kubectl()}});
	t.is(through.found?.members?.length, 1);
	const {'etc/kubernetes/manifests/etcd.yaml': _, ...files} = whole.files!;
	const external = await look({...whole, files});
	t.deepEqual(external.silent, []);
	t.false('members' in external.found!);
});

test('an etcd that cannot be asked leaves no members, and says why', async (t) => {
	const {found, silent} = await look({...whole, tools: {kubectl: kubectl(), crictl: 'echo "no runtime" >&2; exit 1'}});
	t.is(found?.members?.length, 1, 'a runtime that does not answer: through the API server');
	const mute = await look({
		...whole,
		tools: {kubectl: kubectl(), crictl: `case "$*" in *'ps --quiet'*) echo abc; exit ;; esac; echo "etcd is dead" >&2; exit 1`},
	});
	t.false('members' in mute.found!);
	const silentStatus = `case "$*" in *'ps --quiet'*) echo abc; exit ;; *status*) echo 'it was cut' >&2; exit 1 ;; esac\n${etcdctl}`;
	const half = await look({...whole, tools: {kubectl: kubectl(), crictl: silentStatus}});
	t.false('members' in half.found!, 'members that were not heard are not dead members');
	t.regex(half.silent[0]?.why ?? '', /it was cut$/);
	t.deepEqual(
		[...silent, ...mute.silent],
		[{key: 'cp1', state: 'etcd', why: 'etcd could not be asked for its members: etcd is dead'}],
	);
});

test.serial('nothing of it stays on the machine', async (t) => {
	const host = machine('cp1', whole);
	const folder = () =>
		['/run', '/dev/shm', '/tmp'].flatMap((base) => readdirSync(base)).filter((name) => name.startsWith('kubestrap-look.'));
	await readLiving(cluster({nodes: [spec()]}), new Map([['cp1', host]]));
	t.deepEqual(folder(), []);
	t.deepEqual(readdirSync(host.home).sort(), ['bin', 'calls', 'etc']);
});
