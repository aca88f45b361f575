import test from 'ava';
import type {ClusterNode, Facts} from '../../src/model.ts';
import {sitesOf} from '../../src/survey/sites.ts';
import {cluster, facts, spec} from '../checks/sample.ts';

const file = {mode: '0600', owner: 'root:root', size: 1};
const files = (...paths: string[]): Partial<Facts> => ({files: Object.fromEntries(paths.map((path) => [path, file]))});
const kubelet = '/etc/kubernetes/kubelet.conf';
const bootstrap = '/etc/kubernetes/bootstrap-kubelet.conf';
const etcd = '/etc/kubernetes/manifests/etcd.yaml';
const formed = '/var/lib/kubestrap/formed';
const ownership = {
	clusterId: 'c1',
	name: 'lab',
	writer: '',
	fence: 1,
	birthMembers: ['cp1', 'cp2'],
	owned: [{kind: 'file', name: etcd, before: null}],
};
/** kubeadm worked on machines that we prepared: the record says nothing of etcd's manifest. */
const prepared = {...ownership, birthMembers: [], owned: []};
const node = (name: string): ClusterNode => ({
	name,
	uid: '',
	ready: true,
	unschedulable: false,
	controlPlane: false,
	addresses: [],
	kubeletVersion: '',
	runtime: '',
});

const nodes = [spec(), spec({name: 'cp2', address: '10.0.0.2'}), spec({name: 'w1', role: 'worker', address: '10.0.0.3'})];

type Row = [title: string, seen: Partial<Facts>[], living: string[] | undefined, stages: (string | undefined)[]];
const rows: Row[] = [
	['bare machines have no stage', [{}, {}, {}], undefined, [undefined, undefined, undefined]],
	[
		'nor have those of a birth that has not formed',
		[{...files(kubelet, etcd), ownership}, {ownership}, {}],
		undefined,
		[undefined, undefined, undefined],
	],
	[
		'a cluster that has formed and does not answer',
		[{...files(kubelet, etcd), ownership}, {...files(kubelet, formed), ownership}, {}],
		undefined,
		['member', 'member', 'joining'],
	],
	[
		"kubeadm's cluster that does not answer",
		[files(kubelet, etcd), {}, files(kubelet)],
		undefined,
		['member', 'joining', 'member'],
	],
	[
		"kubeadm's cluster on machines that we prepared",
		[{...files(kubelet, etcd), ownership: prepared}, {ownership: prepared}, {}],
		undefined,
		['member', 'joining', 'joining'],
	],
	[
		'control planes of a birth are part of it before they have their Nodes',
		[{...files(kubelet, etcd), ownership}, {...files(kubelet, etcd), ownership}, files(kubelet)],
		[],
		['member', 'member', 'joining'],
	],
	[
		'one that comes back under the name of a birth joins until it has its Node',
		[
			{...files(kubelet, etcd), ownership},
			{...files(kubelet), ownership: {...ownership, owned: [{kind: 'file', name: bootstrap, before: null}]}},
			{},
		],
		['cp1'],
		['member', 'joining', 'joining'],
	],
	[
		'what a worker has says nothing of a cluster',
		[{}, {}, files(kubelet, etcd, formed)],
		undefined,
		[undefined, undefined, undefined],
	],
	['a cluster that answers', [files(kubelet), files(kubelet), files(kubelet)], ['cp1', 'w1'], ['member', 'joining', 'member']],
	[
		'a control plane on its way in is not there before it is marked as one',
		[files(kubelet), files(kubelet, '/etc/kubernetes/manifests/kube-apiserver.yaml'), {}],
		['cp1', 'cp2'],
		['member', 'joining', 'joining'],
	],
	['a Node whose machine has lost its kubeconfig', [files(kubelet), {}, {}], ['cp1', 'cp2'], ['member', 'joining', 'joining']],
];
for (const [title, seen, living, stages] of rows) {
	test(title, (t) => {
		const all = new Map(nodes.map(({name}, index) => [name!, facts({...seen[index]!})]));
		const sites = sitesOf(cluster({nodes}), all, living && {nodes: living.map(node)});
		t.deepEqual(
			sites.map(({stage}) => stage),
			stages,
		);
		t.true(sites.every((site) => site.stage !== undefined || !('stage' in site)));
	});
}
