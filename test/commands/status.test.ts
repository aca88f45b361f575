import test from 'ava';
import {type Evidence, standingOf} from '../../src/commands/standing.ts';
import {standingText} from '../../src/commands/standing-text.ts';
import {status} from '../../src/commands/status.ts';
import {ConnectError} from '../../src/errors.ts';
import type {ClusterNode, EtcdMember, Living, NodeSpec} from '../../src/model.ts';
import {born, clusterOf, now, sitesOf} from '../identity/world.ts';
import {called} from './fakes.ts';

const node = (name: string, over: Partial<ClusterNode> = {}): ClusterNode => ({
	name,
	uid: name,
	ready: true,
	unschedulable: false,
	controlPlane: name.startsWith('cp'),
	addresses: [`10.0.0.${name === 'w1' ? 21 : 10 + Number(name.slice(2))}`],
	kubeletVersion: 'v1.37.1',
	runtime: 'containerd://2.4.2',
	...over,
});
const member = (name: string, over: Partial<EtcdMember> = {}): EtcdMember => ({
	id: `8e9e05c5216469${name.slice(2)}`,
	name,
	peerUrls: [`https://${name}:2380`],
	clientUrls: [`https://${name}:2379`],
	learner: false,
	healthy: true,
	leader: name === 'cp2',
	version: '3.7.0',
	raftIndex: 742,
	dbSize: 1_466_368,
	...over,
});
const uploaded = `apiVersion: kubeadm.k8s.io/v1beta4
clusterName: kubernetes
kubernetesVersion: v1.37.1
networking: {dnsDomain: cluster.local, podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}
`;
const living = (over: Partial<Living> = {}): Living => ({
	seat: 'cp1',
	server: 'https://10.0.0.11:6443',
	nodes: ['cp1', 'cp2', 'w1'].map((name) => node(name)),
	members: ['cp1', 'cp2'].map((name) => member(name)),
	configMaps: {'kubeadm-config': {ClusterConfiguration: uploaded}},
	...over,
});
const {cluster, disk} = await born(clusterOf({}, {name: 'kubernetes'}));
const evidence = (over: Partial<Evidence> = {}): Evidence => ({
	cluster,
	planned: true,
	living: living(),
	sites: sitesOf(cluster, disk).slice(0, 2),
	silent: [],
	now,
	...over,
});

test('a cluster that is as it should be', (t) => {
	const text = standingText(standingOf(evidence()));
	t.is(
		text,
		`cluster kubernetes, Kubernetes v1.37.1, https://10.0.0.11:6443 on cp1

NODE  ROLE           STATE  VERSION  RUNTIME           ADDRESS
cp1   control-plane  Ready  v1.37.1  containerd 2.4.2  10.0.0.11
cp2   control-plane  Ready  v1.37.1  containerd 2.4.2  10.0.0.12
w1    worker         Ready  v1.37.1  containerd 2.4.2  10.0.0.21

ETCD  ROLE    STATE    RAFT INDEX  SIZE     VERSION  ID
cp1   voter   healthy  742         1.4 MiB  3.7.0    8e9e05c52164691
cp2   leader  healthy  742         1.4 MiB  3.7.0    8e9e05c52164692

CERTIFICATE               AUTHORITY       cp1        cp2
ca                        -               3650 days  3650 days
apiserver                 ca              365 days   365 days
apiserver-kubelet-client  ca              365 days   365 days
front-proxy-ca            -               3650 days  3650 days
front-proxy-client        front-proxy-ca  365 days   365 days
etcd/ca                   -               3650 days  3650 days
etcd/server               etcd/ca         365 days   365 days
etcd/peer                 etcd/ca         365 days   365 days
etcd/healthcheck-client   etcd/ca         365 days   365 days
apiserver-etcd-client     etcd/ca         365 days   365 days
admin.conf                ca              365 days   365 days
super-admin.conf          ca              365 days   -
controller-manager.conf   ca              365 days   365 days
scheduler.conf            ca              365 days   365 days
kubelet-client            ca              365 days   365 days

nothing is wrong
`,
	);
	t.true(text.split('\n').every((line) => line.length <= 100 && line === line.trimEnd()));
});

type Row = [title: string, over: Partial<Evidence>, says: {wrong?: string[]; warnings?: string[]; differences?: string[]}];
const nodes = cluster.nodes as NodeSpec[];
const {name: _, ...nameless} = nodes[2]!;
const rows: Row[] = [
	['all is well', {}, {}],
	[
		'a node that is not Ready',
		{living: living({nodes: [node('cp1'), node('cp2'), node('w1', {ready: false})]})},
		{wrong: ['w1: the node is not Ready']},
	],
	[
		'a node that is cordoned',
		{living: living({nodes: [node('cp1'), node('cp2'), node('w1', {unschedulable: true})]})},
		{warnings: ['w1: takes no new pods (cordoned)']},
	],
	[
		'members that do not answer',
		{
			living: living({
				members: [
					member('cp1', {healthy: false}),
					member('cp2'),
					member('cp3', {name: '', clientUrls: [], healthy: false, learner: true}),
				],
			}),
		},
		{wrong: ['cp1: its etcd is not healthy', 'https://cp3:2380: was added to etcd and has never started']},
	],
	[
		'control planes that are silent',
		{silent: [{node: 'cp2', why: 'its API server does not answer'}]},
		{wrong: ['cp2: its API server does not answer']},
	],
	['nobody answers', {living: undefined, sites: []}, {wrong: ['cluster kubernetes: no API server answers']}],
	[
		'nodes beside the config',
		{living: living({nodes: [node('cp1'), node('cp2', {controlPlane: false}), node('w9')]})},
		{
			differences: [
				'cp2: a worker, the config says control-plane',
				'w1: in the config, but not in the cluster',
				'w9: in the cluster, but not in the config',
			],
		},
	],
	[
		'a node that the config does not name is known by its address',
		{cluster: {...cluster, nodes: [nodes[0]!, nodes[1]!, nameless]}},
		{},
	],
	[
		'another version than the config has',
		{living: living({nodes: [node('cp1'), node('cp2'), node('w1', {kubeletVersion: 'v1.36.4'})]})},
		{differences: ['w1: Kubernetes v1.36.4, the config says v1.37.1']},
	],
	[
		'without a config, versions are compared with what the cluster says, and nothing else is',
		{
			planned: false,
			cluster: clusterOf({kubernetesVersion: 'v1.99.0'}, {nodes: [nodes[0]!]}),
			living: living({nodes: [node('cp1'), node('w9', {kubeletVersion: 'v1.36.4'})]}),
		},
		{differences: ['w9: Kubernetes v1.36.4, kubeadm-config says v1.37.1']},
	],
	[
		'settings of the cluster',
		{
			cluster: {
				...cluster,
				configuration: {
					...cluster.configuration,
					controlPlaneEndpoint: 'lb:6443',
					networking: {...cluster.configuration.networking, podSubnet: '10.0.0.0/8'},
				},
			},
		},
		{
			differences: [
				'controlPlaneEndpoint: not set, the config says lb:6443',
				'podSubnet: 10.244.0.0/16, the config says 10.0.0.0/8',
			],
		},
	],
	[
		'no kubeadm-config',
		{living: living({configMaps: {}})},
		{differences: ['ConfigMap kubeadm-config: not there; kubeadm and others read it']},
	],
	[
		'a kubeadm-config that is no YAML',
		{planned: false, living: living({configMaps: {'kubeadm-config': {ClusterConfiguration: '{'}}})},
		{},
	],
];
for (const [title, over, says] of rows) {
	test(title, (t) => {
		const {wrong, warnings, differences} = standingOf(evidence(over));
		t.deepEqual({wrong, warnings, differences}, {wrong: [], warnings: [], differences: [], ...says});
	});
}

const after = (days: number) => standingOf(evidence({now: new Date(now.getTime() + days * 86_400_000)}));

test('certificates are warned of in their last 30 days, and wrong when they are over', (t) => {
	t.deepEqual(after(335).warnings, []);
	t.true(after(336).warnings.includes('cp2: its certificate apiserver ends in 29 days'));
	t.deepEqual(after(336).wrong, []);
	t.true(after(370).wrong.includes('cp1: its certificate admin.conf ended 5 days ago'));
	t.false(after(370).wrong.some((line) => line.includes('certificate ca ')));
});

test('when no control plane can be reached, every one is named', async (t) => {
	const config =
		'apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec:\n  controlPlaneEndpoint: lb:6443\n  nodes:\n    - {name: cp1, role: control-plane, address: 192.0.2.1}\n    - {name: cp2, role: control-plane, address: 192.0.2.2}\n    - {name: w1, role: worker, address: 192.0.2.3}\n';
	const asked: string[] = [];
	const connect = async (one: {nodes: readonly NodeSpec[]}): Promise<never> => {
		asked.push(one.nodes.map(({name}) => name).join());
		throw new ConnectError(one.nodes[0]!.name!, 'no route to it', {hint: 'look at the cable'});
	};
	const {call} = called({}, {config});
	const error = await t.throwsAsync(status(call, {connect}), {instanceOf: ConnectError});
	t.deepEqual(asked, ['cp1', 'cp2']);
	t.regex(
		error?.message ?? '',
		/every control plane: could not be asked\n {2}cp1: no route to it\n {4}look at the cable\n {2}cp2: no route to it/,
	);
	t.is(error?.exit, 4);
});
