import {spawnSync} from 'node:child_process';
import test from 'ava';
import type {Step} from '../../src/model.ts';
import {bootstrapToken} from '../../src/phases/bootstrap-token.ts';
import {clusterConfig} from '../../src/phases/cluster-config.ts';
import {markNodes} from '../../src/phases/mark-nodes.ts';
import {nodeReady, nodesReady} from '../../src/phases/nodes-ready.ts';
import {waitApiServer} from '../../src/phases/wait-api-server.ts';
import {waitControlPlane} from '../../src/phases/wait-control-plane.ts';
import {secretsOf} from '../../src/steps/content.ts';
import {scopesOf, shown} from './cluster.ts';

const two = [{name: 'cp1'}, {name: 'w1', role: 'worker' as const}];
const ids = (steps: readonly Step[]) => steps.flatMap((step) => (step.kind === 'object' ? [step.id] : []));
const tokens = (documents: string) => bootstrapToken.steps(scopesOf(two, {documents}).cp1!);
const init = '---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n';

test('a token is a Secret that no id betrays, and a note on the node that is written last', (t) => {
	const steps = tokens('');
	t.is(ids(steps)[0], 'v1/Secret/kube-system/bootstrap-token-*');
	const note = steps.findIndex((step) => step.kind === 'file');
	t.like(steps[note], {path: '/var/lib/kubestrap/token', mode: '0600'});
	t.deepEqual(secretsOf(steps[note]!), ['bootstrap-token.id', 'bootstrap-token.expiration']);
	t.is(
		steps.findIndex((step) => step.kind === 'object'),
		note - 1,
	);
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
