import test from 'ava';
import {proofs} from '../../src/proof/rows.ts';
import {readScene, type Scene} from '../../src/proof/scene.ts';

const scene: Scene = {
	namespace: 'kubestrap-verify-1',
	pods: [
		{name: 'agent-a', node: 'cp1', address: '10.244.0.5'},
		{name: 'agent-b', node: 'w1', address: 'fd00::5'},
	],
	service: {name: 'web', address: '10.96.12.1'},
	domain: 'cluster.local',
};

function judge(name: string, stdout: string, {code = 0, stderr = '', args = [] as readonly string[]} = {}) {
	return proofs.find((proof) => proof.name === name)!.judge({code, stdout, stderr}, scene, args);
}

test('names are unique, and every proof says what to do', (t) => {
	t.is(new Set(proofs.map(({name}) => name)).size, proofs.length);
	t.deepEqual(
		proofs.filter(({remedy, title}) => remedy === '' || title === ''),
		[],
	);
});

test('every ordered pair of nodes is tried, IPv6 in brackets', (t) => {
	const {runs} = proofs.find(({name}) => name === 'pods')!;
	t.deepEqual(runs(scene), [
		['agent-a', '10.244.0.5:8080', '[fd00::5]:8080'],
		['agent-b', '10.244.0.5:8080', '[fd00::5]:8080'],
	]);
});

test('pods hold when the right pod answers at each address', (t) => {
	t.is(judge('pods', '10.244.0.5:8080 agent-a\n[fd00::5]:8080 agent-b\n'), undefined);
	t.regex(judge('pods', '10.244.0.5:8080 agent-a\n[fd00::5]:8080 agent-a\n')!, /no answer from \[fd00::5\]:8080 agent-a/);
	t.regex(judge('pods', '10.244.0.5:8080 agent-a\n[fd00::5]:8080 wget: download timed out\n')!, /timed out/);
	t.regex(judge('pods', '')!, /no answer/);
});

test('a Service holds when any of its pods answers', (t) => {
	t.is(judge('service', '10.96.12.1:8080 agent-b\n'), undefined);
	t.regex(judge('service', "10.96.12.1:8080 wget: can't connect\n")!, /no answer from/);
});

test('DNS holds when the name has the address of the Service', (t) => {
	t.is(
		judge('dns', 'Server:\t10.96.0.10\n\nName:\tweb.x\nAddress: 10.96.12.1\n\nName: kubernetes.default\nAddress: 10.96.0.1\n'),
		undefined,
	);
	t.regex(judge('dns', ';; connection timed out; no servers could be reached\n')!, /no answer has 10\.96\.12\.1/);
});

test('logs hold when every node has a line', (t) => {
	t.is(judge('logs', 'ready: agent-b\nready: agent-a\n'), undefined);
	t.is(judge('logs', 'ready: agent-a\n'), 'no line from w1 (agent-b)');
});

test('a rollout holds when the change is gone again', (t) => {
	t.is(judge('rollout', 'rolled back\nleft: .\n'), undefined);
	t.regex(judge('rollout', 'left: [{"name":"STAGE","value":"two"}].')!, /still there/);
	t.regex(judge('rollout', '', {code: 1, stderr: 'error: timed out waiting for the condition'})!, /timed out/);
});

test('exec and cp hold when what came back is what was sent', (t) => {
	t.is(judge('exec', 'agent-a\n', {args: ['agent-a']}), undefined);
	t.is(judge('exec', 'agent-b\n', {args: ['agent-a']}), 'agent-a says it is agent-b');
	t.is(judge('cp', 'tar: removing leading /\nkubestrap-verify-1\n'), undefined);
	t.is(judge('cp', 'other'), 'came back as other');
});

test('health names the nodes that are not Ready', (t) => {
	t.is(judge('health', 'ok\ncp1 True kubelet is posting ready status\nw1 True fine\n'), undefined);
	t.is(judge('health', 'ok\ncp1 True fine\nw1 Unknown Kubelet stopped posting\n'), 'w1 Unknown Kubelet stopped posting');
});

test('a scene has the pods that have an address, by node', (t) => {
	const pod = (name: string, nodeName: string, podIP?: string) => ({
		kind: 'Pod',
		metadata: {name},
		spec: {nodeName},
		status: {podIP},
	});
	const items = [
		pod('b', 'w1', '10.0.0.2'),
		pod('a', 'cp1', '10.0.0.1'),
		pod('c', 'w2'),
		{kind: 'Service', metadata: {name: 'web'}, spec: {clusterIP: '10.96.0.7'}},
	];
	const seen = readScene(JSON.stringify({items}), 'n', 'cluster.local');
	t.deepEqual(
		seen.pods.map(({node}) => node),
		['cp1', 'w1'],
	);
	t.is(seen.service.address, '10.96.0.7');
});
