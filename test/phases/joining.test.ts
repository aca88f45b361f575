import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Step} from '../../src/model.ts';
import {bootstrapToken} from '../../src/phases/bootstrap-token.ts';
import {clusterConfig} from '../../src/phases/cluster-config.ts';
import {kubeletBootstrap} from '../../src/phases/kubelet-bootstrap.ts';
import {markNodes} from '../../src/phases/mark-nodes.ts';
import {nodeReady, nodesReady} from '../../src/phases/nodes-ready.ts';
import {waitApiServer} from '../../src/phases/wait-api-server.ts';
import {waitControlPlane} from '../../src/phases/wait-control-plane.ts';
import {secretsOf} from '../../src/steps/content.ts';
import {testFolder} from '../folder.ts';
import {scopesOf, shown} from './cluster.ts';

const two = [{name: 'cp1'}, {name: 'w1', role: 'worker' as const}];
const ids = (steps: readonly Step[]) => steps.flatMap((step) => (step.kind === 'object' ? [step.id] : []));
const tokens = (documents: string) => bootstrapToken.steps(scopesOf(two, {documents}).cp1!);
const init = '---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n';

test('a token is a Secret that no id betrays, and a note on the node that is written last', (t) => {
	const steps = tokens('');
	t.is(ids(steps)[0], 'v1/Secret/kube-system/bootstrap-token-*');
	const [takeBack, asked, secret, note] = steps;
	t.like(takeBack, {kind: 'run', unless: ['test', '!', '-e', '/var/lib/kubestrap/token.asked']});
	t.like(asked, {path: '/var/lib/kubestrap/token.asked', mode: '0600', once: true});
	t.deepEqual(secretsOf(asked!), ['bootstrap-token.id', 'bootstrap-token.expiration']);
	t.is(secret?.kind, 'object');
	t.like(note, {
		kind: 'run',
		command: ['mv', '-f', '/var/lib/kubestrap/token.asked', '/var/lib/kubestrap/token'],
		unless: ['test', '-e', '/var/lib/kubestrap/token'],
	});
});

/** Runs the step that takes a token back on a file with this text, where a fake kubectl does this: its exit code, its calls, and whether the file is there still. */
function tookBack(text: string, kubectl: string) {
	const folder = testFolder();
	const [step] = tokens('') as [Extract<Step, {kind: 'run'}>];
	if (!('command' in step) || !('sh' in step.command)) throw new Error('there is no script');
	const [at, calls] = [join(folder, 'asked'), join(folder, 'calls')];
	writeFileSync(at, text);
	writeFileSync(calls, '');
	writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\necho "$*" >>${calls}\n${kubectl}\n`, {mode: 0o755});
	const {status} = spawnSync('sh', ['-c', step.command.sh, 'sh', at, 'https://10.0.0.1:6443'], {
		env: {...process.env, PATH: `${folder}:${process.env.PATH}`},
	});
	return {status, calls: readFileSync(calls, 'utf8'), stays: existsSync(at)};
}

test('who dies between a token and its note leaves its name, and the next run takes that token back before it makes another', (t) => {
	const {status, calls, stays} = tookBack('abcdef 2026-11-22T00:00:00Z\n', 'exit 0');
	t.deepEqual([status, stays], [0, false]);
	t.regex(calls, /--server=https:\/\/10\.0\.0\.1:6443 .*delete secret bootstrap-token-abcdef --ignore-not-found\n$/);
});

test('a cluster that does not answer has not taken it back: the name stays', (t) => {
	t.like(tookBack('abcdef never\n', 'exit 1'), {status: 1, stays: true});
});

test('what was torn before its rename names no token', (t) => {
	t.deepEqual(tookBack('', 'exit 1'), {status: 0, calls: '', stays: false});
});

test('a kubelet that waits for its certificate is ended when the operator says stop', (t) => {
	const folder = testFolder();
	const steps = kubeletBootstrap.steps(scopesOf(two).w1!);
	const ask = steps.flatMap((step) => ('command' in step && 'sh' in step.command ? [step.command.sh] : []))[0]!;
	writeFileSync(join(folder, 'kubelet'), '#!/bin/sh\nexec sleep 90\n', {mode: 0o755});
	const {status} = spawnSync('sh', ['-c', ask.replaceAll('/run/', `${folder}/`), 'sh', 'w1', join(folder, 'pki'), '60'], {
		env: {...process.env, PATH: `${folder}:${process.env.PATH}`, index: '4', stop: join(folder, 'kubelet')},
	});
	t.is(status, 78);
});

test('a token for ever has no expiration, and says so in the note; groups, usages and description are the config’s', (t) => {
	const steps = tokens(
		`${init}bootstrapTokens:\n- {ttl: 0s, description: "for 'ever'", usages: [authentication], groups: ["system:bootstrappers:x:y"]}\n`,
	);
	const [text] = steps.flatMap((step) => (step.kind === 'object' ? [shown(step.manifest)] : []));
	const {data} = JSON.parse(text!) as {data: Record<string, string>};
	const plain = Object.entries(data).filter(([, value]) => !value.startsWith('('));
	t.deepEqual(Object.fromEntries(plain.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])), {
		description: "for 'ever'",
		'auth-extra-groups': 'system:bootstrappers:x:y',
		'usage-bootstrap-authentication': 'true',
	});
	t.false('expiration' in data);
	t.deepEqual(
		steps.flatMap((step) => (step.kind === 'file' ? [step.content] : [])),
		[[{secret: 'bootstrap-token.id'}, ' ', 'never', '\n']],
	);
});

test('with the note in place no other token is made', (t) => {
	const scope = scopesOf(two).cp1!;
	const files = {...scope.site.facts.files, '/var/lib/kubestrap/token': {mode: '0600', owner: 'root:root', size: 27}};
	const steps = bootstrapToken.steps({...scope, site: {...scope.site, facts: {...scope.site.facts, files}}});
	t.false(ids(steps).some((id) => id.includes('Secret')));
	t.deepEqual([...new Set(steps.flatMap(secretsOf))], ['ca.crt']);
});

test('the admins get their rights first, by super-admin.conf, and only if nobody gave them before', (t) => {
	const [first, ...others] = clusterConfig.steps(scopesOf(two).cp1!);
	t.like(first, {
		id: 'rbac.authorization.k8s.io/v1/ClusterRoleBinding//kubeadm:cluster-admins',
		own: 'create',
		as: 'super-admin',
	});
	t.true(others.every((step) => step.kind === 'object' && step.own === 'apply' && step.as === undefined));
});

test('nodes are marked when all have registered; an empty list of taints puts none', (t) => {
	const scope = scopesOf([
		{name: 'cp1', more: ', taints: []'},
		{name: 'cp2', more: ', labels: {zone: "a"}'},
		{name: 'w1', role: 'worker', more: ', taints: [{key: k, effect: NoExecute}]'},
		{name: 'w2', role: 'worker'},
	]).cp1!;
	const [wait, ...marks] = markNodes.steps(scope);
	t.deepEqual(wait?.kind === 'wait' && 'args' in wait.until && wait.until.args, [
		'https://10.0.0.1:6443',
		'cp1',
		'cp2',
		'w1',
		'w2',
	]);
	const labels = {'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': ''};
	t.deepEqual(
		marks.map((step) => (step.kind === 'object' ? [step.id, step.own, JSON.parse(shown(step.manifest))] : [])),
		[
			['v1/Node//cp1', 'patch', {labels}],
			[
				'v1/Node//cp2',
				'patch',
				{labels: {...labels, zone: 'a'}, taints: [{key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule'}]},
			],
			['v1/Node//w1', 'patch', {taints: [{key: 'k', effect: 'NoExecute'}]}],
		],
	);
});

test('without a network of ours nobody waits for Ready, unless the other nodes are', (t) => {
	const none = {spec: '  network: {cni: none}\n'};
	const node = {uid: '', unschedulable: false, controlPlane: false, addresses: [], kubeletVersion: '', runtime: ''};
	const waitsWhere = (name: string, ready: boolean, config = none) => {
		const living = {seat: 'cp1', server: 'https://10.0.0.1:6443', configMaps: {}, nodes: [{...node, name, ready}]};
		return nodeReady.steps({...scopesOf(two, config).w1!, living}).length;
	};
	t.deepEqual([waitsWhere('cp1', true), waitsWhere('cp1', false), waitsWhere('w1', true)], [1, 0, 0]);
	t.is(waitsWhere('cp1', false, {spec: ''}), 1);
	t.deepEqual(nodesReady.steps(scopesOf(two, none).cp1!), []);
});

const waits = () =>
	[waitApiServer, waitControlPlane]
		.flatMap(({steps}) => steps(scopesOf(two).cp1!))
		.flatMap((step) => (step.kind === 'wait' ? [step] : []));

test('the waits know ports as the kernel shows them, and their scripts are the same for every config', (t) => {
	const [server, others] = waits();
	t.deepEqual(server && 'args' in server.until && server.until.args, [
		'192B',
		'10.0.0.1:6443',
		'/etc/kubernetes/pki',
		'https://10.0.0.1:6443',
	]);
	t.deepEqual(others && 'args' in others.until && others.until.args?.slice(1), [
		'2811',
		'127.0.0.1:10257',
		'2813',
		'127.0.0.1:10259',
	]);
	const moved =
		'---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nscheduler: {extraArgs: [{name: secure-port, value: "10359"}, {name: bind-address, value: "::"}]}\n';
	const [again] = waitControlPlane.steps(scopesOf(two, {documents: moved}).cp1!);
	t.deepEqual(again?.kind === 'wait' && 'args' in again.until && again.until.args?.slice(3), ['2877', '127.0.0.1:10359']);
	const script = (step: Step | undefined) => (step?.kind === 'wait' && 'sh' in step.until ? step.until.sh : undefined);
	t.is(script(again), script(others));
});

test('the scripts are sh, and say no while nobody listens', (t) => {
	for (const {until} of waits()) {
		if (!('sh' in until)) return t.fail();
		t.not(
			spawnSync('sh', ['-c', until.sh, 'sh', ...(until.args ?? []).map((arg) => (/^[0-9A-F]{4}$/.test(arg) ? 'FFFE' : arg))])
				.status,
			0,
		);
		t.is(spawnSync('sh', ['-n', '-c', until.sh]).stderr.toString(), '');
	}
});
