/** What reset would do to a machine, by what its record says. */
import test from 'ava';
import {resetFindings} from '../../src/checks/reset.ts';
import type {Facts, Owned, Ownership, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {reset} from '../../src/recipes.ts';
import {compile} from '../../src/steps/compile.ts';
import {labelOf} from '../../src/steps/kinds.ts';
import {clusterOf, scopesOf} from './cluster.ts';

const owned = (kind: string, name: string, before: string | null = null): Owned => ({kind, name, before});
const ownership = (lines: readonly Owned[], name = 'test', clusterId = 'one'): Ownership => ({
	clusterId,
	name,
	writer: '0.1.0',
	fence: 3,
	birthMembers: ['cp1'],
	owned: lines,
});
const file = {mode: '0600', owner: 'root:root', size: 1};
const living: Facts['files'] = {
	'/etc/kubernetes/kubelet.conf': file,
	'/var/lib/kubelet/config.yaml': file,
	'/etc/kubernetes/manifests/etcd.yaml': {...file, text: '    - --data-dir=/data/etcd\n    - --name=cp1\n'},
};
const record = [
	owned('noted', '/var/lib/containerd'),
	owned('noted', '/var/log/pods', '755 root:root'),
	owned('noted', '/lib/modules'),
	owned('file', '/etc/containerd/config.toml', `644 root:root ${Buffer.from('old').toString('base64')}`),
	owned('service', 'containerd.service', 'inactive disabled'),
	owned('image', 'registry.k8s.io/pause:3.10.2'),
	owned('dir', '/etc/kubernetes'),
	owned('dir', '/etc/kubernetes/manifests'),
	owned('file', '/etc/kubernetes/kubelet.conf'),
	owned('file', '/etc/kubernetes/manifests/etcd.yaml'),
	owned('service', 'kubelet.service', 'inactive disabled'),
	owned('object', 'v1/Node//cp1'),
	owned('run', 'mask swap units'),
	owned('sysctl', 'net.ipv4.ip_forward', '0'),
];

function labels(facts: Partial<Facts>): string[] {
	const {cp1} = scopesOf([{name: 'cp1', facts}]);
	const planned = plan(reset, cp1!);
	return planned.nodes[0]!.chapters.flatMap(({phases}) => phases.flatMap(({steps}) => steps.map(shown)));
}

const shown = (step: Step) => {
	const only = step.kind === 'cleared' && step.only ? ` ${step.only.length < 5 ? step.only.join(' ') : '…'}` : '';
	return labelOf(step) + only;
};

test('a node of ours: pods, mounts, trees, then the record line by line, and the record itself last', (t) => {
	t.deepEqual(labels({files: living, ownership: ownership(record)}), [
		'stop kubelet.service',
		'undo service kubelet.service',
		'stop and remove the pods',
		'remove the filter rules of Services and pods',
		'unmounted /var/lib/kubelet',
		'cleared /var/lib/kubelet/pki …',
		'cleared /var/lib/kubelet …',
		'cleared /data/etcd member',
		'cleared /etc/kubernetes tmp',
		'undo service containerd.service',
		'unmounted /run/containerd',
		'unmounted /var/lib/containerd',
		'cleared /var/lib/containerd',
		'undo dir /lib/modules',
		'undo file /etc/kubernetes/manifests/etcd.yaml',
		'undo file /etc/containerd/config.toml',
		'undo file /etc/kubernetes/kubelet.conf',
		'undo sysctl net.ipv4.ip_forward',
		'undo dir /etc/kubernetes/manifests',
		'undo dir /etc/kubernetes',
		'systemctl daemon-reload',
		'turn swap on again',
		'cleared /var/lib/kubestrap',
	]);
});

test('a containerd that was there before loses our images, and is started again on its old files', (t) => {
	const before = record.filter(({name}) => !name.includes('containerd'));
	const theirs = [
		owned('noted', '/var/lib/containerd', '711 root:root'),
		owned('service', 'containerd.service', 'active enabled'),
	];
	const all = labels({files: living, ownership: ownership([...theirs, ...before])});
	t.true(all.includes('remove the images that were pulled'));
	t.false(all.some((label) => label === 'cleared /var/lib/containerd' || label.startsWith('unmounted /var/lib/containerd')));
	t.true(all.indexOf('undo service containerd.service') > all.indexOf('undo dir /etc/kubernetes'));
});

test('a node of kubeadm loses what `kubeadm reset` deletes, the mark that it is a node last', (t) => {
	const all = labels({files: living});
	t.deepEqual(all, [
		'stop kubelet.service',
		'stop and remove the pods',
		'unmounted /var/lib/kubelet',
		'cleared /data/etcd *',
		'cleared /etc/kubernetes/manifests *',
		'cleared /var/lib/kubelet *',
		'cleared /etc/kubernetes/pki *',
		...['admin', 'super-admin', 'bootstrap-kubelet', 'controller-manager', 'scheduler', 'kubelet'].map(
			(name) => `cleared /etc/kubernetes/${name}.conf`,
		),
		'cleared /var/lib/kubestrap',
	]);
});

test('a machine that is no node: nothing but looks', (t) => {
	t.deepEqual(labels({}), ['stop kubelet.service', 'unmounted /var/lib/kubelet', 'cleared /var/lib/kubestrap']);
});

test('whatever a record says, its words are arguments: the program is the same but for its lines', (t) => {
	const evil = `/srv/$(touch x)'"\n; rm -rf /`;
	const {cp1} = scopesOf([
		{name: 'cp1', facts: {files: living, ownership: ownership([...record, owned('file', evil.replace('rm -rf /', 'rm -rf x'))])}},
	]);
	const [chapter] = plan(reset, cp1!).nodes[0]!.chapters;
	const {text} = compile(chapter!, {lock: cp1!.lock, urls: () => [], criSocket: 'unix:///run/c.sock'});
	t.true(text.includes(`undo gone '/srv/$(touch x)'\\''"\n; rm -rf x'`));
});

test('a path that climbs, or is a top folder, is refused whoever wrote it into the record', (t) => {
	for (const name of ['/etc', '/', 'etc/x', '/etc/../usr/bin', '/etc/']) {
		const {cp1} = scopesOf([{name: 'cp1', facts: {files: living, ownership: ownership([...record, owned('noted', name)])}}]);
		const [chapter] = plan(reset, cp1!).nodes[0]!.chapters;
		t.throws(
			() => compile(chapter!, {lock: cp1!.lock, urls: () => [], criSocket: 'unix:///run/c.sock'}),
			{message: /cannot touch/},
			name,
		);
	}
});

const found = (nodes: Parameters<typeof clusterOf>[0], {staying = 0, force = false} = {}) => {
	const {cluster, sites} = clusterOf(nodes);
	return resetFindings({cluster, sites, staying}, {force}).map(({node, id, level}) => `${node} ${id} ${level}`);
};
const node = (name: string, facts: Partial<Facts>) => ({name, role: 'worker' as const, facts});
const first = {name: 'cp1', facts: {files: living, ownership: ownership(record)}};

test('machines of the cluster, and bare ones, need no word', (t) => {
	t.deepEqual(found([first, node('w1', {files: living, ownership: ownership(record)}), node('w2', {})]), []);
});

test('a machine of another cluster, of another one with that name, and of kubeadm need the operator\u2019s word', (t) => {
	const others = [
		node('w1', {files: living, ownership: ownership(record, 'prod', 'two')}),
		node('w2', {files: living, ownership: ownership(record, 'test', 'three')}),
		node('w3', {files: living}),
	];
	t.deepEqual(found([first, ...others]), [
		'w1 OtherCluster error',
		'w1 TwoClusters error',
		'w2 TwoClusters error',
		'w3 MadeByOthers error',
	]);
	t.true(found([first, ...others], {force: true}).every((text) => text.endsWith(' warning')));
});

test('a control plane is not reset alone while others stay: its member of etcd would', (t) => {
	t.deepEqual(found([first], {staying: 2}), ['cp1 EtcdMember error']);
	t.deepEqual(found([first], {staying: 0}), []);
});

test('two machines of one name are refused, whatever the operator says', (t) => {
	const {cluster, sites} = clusterOf([first]);
	const findings = resetFindings({cluster, sites: [...sites, ...sites], staying: 0}, {force: true});
	t.deepEqual(
		findings.map(({id, level}) => `${id} ${level}`),
		['DuplicateHostname error', 'DuplicateHostname error'],
	);
});
