import test from 'ava';
import {doubts, removalFindings} from '../../src/checks/removal.ts';
import {type Leaving, leavingOf} from '../../src/contract/leaving.ts';
import type {ClusterNode, EtcdMember, Living, Role, Site} from '../../src/model.ts';
import {unseen} from '../../src/survey/unseen.ts';

const node = (name: string, at: number, more: Partial<ClusterNode> = {}): ClusterNode => ({
	name,
	uid: name,
	ready: true,
	unschedulable: false,
	controlPlane: name.startsWith('cp'),
	addresses: [`10.0.0.${at}`],
	kubeletVersion: 'v1.37.1',
	runtime: 'containerd://2',
	...more,
});
const member = (name: string, at: number, more: Partial<EtcdMember> = {}): EtcdMember => ({
	id: `a${at}`,
	name,
	peerUrls: [`https://10.0.0.${at}:2380`],
	clientUrls: [`https://10.0.0.${at}:2379`],
	learner: false,
	healthy: true,
	leader: false,
	...more,
});
const endpoint = (host: string) => ({
	'kubeadm-config': {ClusterConfiguration: `clusterName: lab\ncontrolPlaneEndpoint: "${host}"\n`},
});
const three: Living = {
	seat: 'cp1',
	server: 'https://10.0.0.1:6443',
	nodes: [node('cp1', 1), node('cp2', 2), node('cp3', 3), node('w1', 4)],
	members: [member('cp1', 1), member('cp2', 2), member('cp3', 3)],
	configMaps: endpoint('api.example:6443'),
};

const spec = (name: string, role: Role, at: number, named = true): Site['spec'] => ({
	...(named ? {name} : {}),
	role,
	address: `10.0.0.${at}`,
	via: 'ssh',
	access: {user: 'root', port: 22, jump: []},
	labels: {},
});
const specs = [
	spec('cp1', 'control-plane', 1),
	spec('cp2', 'control-plane', 2),
	spec('cp3', 'control-plane', 3, false),
	spec('w1', 'worker', 4),
];
const site = (at: number, name: string, isNode = true): Site => ({
	name,
	role: specs[at - 1]!.role,
	address: `10.0.0.${at}`,
	spec: specs[at - 1]!,
	facts: {...unseen(name), files: isNode ? {'/etc/kubernetes/kubelet.conf': {mode: '600', owner: 'root:root', size: 1}} : {}},
});
const sites = [site(1, 'cp1'), site(2, 'cp2'), site(3, 'cp3'), site(4, 'w1')];
type Seen = {living?: Living; dead?: readonly string[]; foreign?: ReadonlyMap<string, string>; bare?: readonly string[]};

function leave(names: readonly string[], {living = three, dead = [], foreign = new Map(), bare = []}: Seen = {}): Leaving[] {
	const all = sites.map((one) => (bare.includes(one.name) ? {...one, facts: unseen(one.name)} : one));
	const lost = new Map(all.filter(({name}) => dead.includes(name)).map((one) => [one.spec, 'no route to host'] as const));
	const view = {specs, sites: all.filter(({name}) => !dead.includes(name)), lost, living};
	return names.flatMap((name) => leavingOf(name, view, unseen, foreign) ?? []);
}
const refused = (names: readonly string[], seen: Seen = {}) =>
	removalFindings(leave(names, seen), seen.living ?? three, {externalEtcd: false}).map(
		({node: who, id, evidence}) => `${who} ${id}: ${evidence}`,
	);
const shown = (one: Leaving | undefined) =>
	one && [one.site.stage, one.site.role, one.drains, one.node?.name, one.member?.id, one.untouched];

test('a node of the config whose machine answers is drained, taken out and reset', (t) => {
	t.deepEqual(shown(leave(['w1'])[0]), ['leaving', 'worker', true, 'w1', undefined, undefined]);
	t.deepEqual(shown(leave(['cp3'])[0]), ['leaving', 'control-plane', true, 'cp3', 'a3', undefined]);
});

test('a dead machine is known by its address where the config does not name it; its pods cannot end', (t) => {
	t.deepEqual(shown(leave(['cp3'], {dead: ['cp3']})[0]), ['gone', 'control-plane', false, 'cp3', 'a3', 'no route to host']);
	t.deepEqual(shown(leave(['w1'], {dead: ['w1']})[0]), ['gone', 'worker', false, 'w1', undefined, 'no route to host']);
});

test('a node that the config does not list is drained all the same; nobody can log in to its machine', (t) => {
	const living = {...three, nodes: [...three.nodes, node('w9', 9)]};
	t.deepEqual(shown(leave(['w9'], {living})[0]), [
		'gone',
		'worker',
		true,
		'w9',
		undefined,
		'it is not in the config, so nobody can log in there',
	]);
});

test('a machine of another cluster at that address is never touched', (t) => {
	const foreign = new Map([['w1', 'its ca.crt is of another cluster']]);
	t.deepEqual(shown(leave(['w1'], {foreign})[0]), ['gone', 'worker', true, 'w1', undefined, 'its ca.crt is of another cluster']);
});

test('after a removal that was cut, what is left of it is done: the machine alone, or the member alone', (t) => {
	const living = {...three, nodes: three.nodes.slice(0, 3), members: three.members!};
	t.deepEqual(shown(leave(['w1'], {living})[0]), ['leaving', 'worker', false, undefined, undefined, undefined]);
	t.deepEqual(leave(['w1'], {living, bare: ['w1']}), [], 'nothing of it is anywhere');
	const without = {...three, nodes: three.nodes.slice(0, 2)};
	t.deepEqual(shown(leave(['cp3'], {living: without, dead: ['cp3']})[0]), [
		'gone',
		'control-plane',
		false,
		undefined,
		'a3',
		'no route to host',
	]);
});

test('nobody knows a name that is nowhere', (t) => {
	t.deepEqual(leave(['w7']), []);
});

test('a worker, and a control plane of three, may leave', (t) => {
	t.deepEqual(refused(['w1', 'cp3']), []);
	t.deepEqual(
		refused(['cp3'], {
			dead: ['cp3'],
			living: {...three, members: [member('cp1', 1), member('cp2', 2), member('cp3', 3, {healthy: false})]},
		}),
		[],
	);
});

test('etcd must be able to agree at every step, and the reason is told', (t) => {
	const ill = {...three, members: [member('cp1', 1), member('cp2', 2), member('cp3', 3, {healthy: false})]};
	t.deepEqual(refused(['cp2'], {living: ill}), [
		'cp2 EtcdMembers: without cp2 etcd would have no quorum: 1 of 2 voting members would be healthy, 2 are needed (not healthy: cp3)',
	]);
	// The dead one first, then two healthy ones are left, and one of them may go.
	t.deepEqual(refused(['cp3', 'cp2'], {living: ill}), []);
	t.deepEqual(refused(['cp2'], {living: {...three, members: undefined} as unknown as Living}), [
		'cp2 EtcdMembers: etcd could not be asked for its members',
	]);
	t.deepEqual(removalFindings(leave(['cp2']), {...three, members: undefined} as unknown as Living, {externalEtcd: true}), []);
});

test('the machine that is the endpoint of all others stays', (t) => {
	const living = {...three, configMaps: endpoint('10.0.0.1:6443')};
	const remedy = /give the cluster an endpoint that stays/;
	t.deepEqual(refused(['cp1'], {living}), [
		'cp1 ControlPlaneEndpoint: all nodes look for the API at 10.0.0.1, and that is cp1: without it no kubelet finds the cluster',
	]);
	t.regex(removalFindings(leave(['cp1'], {living}), living, {externalEtcd: false})[0]!.remedy, remedy);
	const proxy = 'clusters:\n- cluster:\n    server: https://10.0.0.1:6443\n';
	t.is(refused(['cp1'], {living: {...three, configMaps: {'kube-proxy': {'kubeconfig.conf': proxy}}}}).length, 1);
	t.deepEqual(refused(['cp2'], {living}), []);
});

test('what needs the word of the operator is said, machine by machine', (t) => {
	const living = {...three, nodes: [...three.nodes.slice(0, 3), node('w1', 4, {ready: false})]};
	t.deepEqual(doubts(leave(['w1'], {living}), {drained: true}), ['w1: its pods are not moved, because the Node is not Ready']);
	t.deepEqual(doubts(leave(['w1'], {living}), {drained: false}), []);
	t.deepEqual(doubts(leave(['cp3'], {dead: ['cp3']}), {drained: true}), [
		'cp3: its machine is left as it is (no route to host); what runs there goes on',
		'cp3: its pods are not moved, because its machine does not answer',
	]);
	t.deepEqual(doubts(leave(['w1', 'cp2']), {drained: true}), []);
});
