import test from 'ava';
import {check} from '../../src/checks/check.ts';
import type {ClusterNode, Facts, Living, Output, Owned, SeenFile, Site} from '../../src/model.ts';
import {cluster, facts, output, site} from './sample.ts';

const node = (name: string, over: Partial<ClusterNode> = {}): ClusterNode => ({
	name,
	uid: name,
	ready: true,
	unschedulable: false,
	controlPlane: name.startsWith('cp'),
	addresses: [],
	kubeletVersion: 'v1.37.1',
	runtime: '',
	...over,
});
const living = (over: Partial<Living> = {}): Living => ({
	seat: 'cp1',
	server: 'https://10.0.0.1:6443',
	nodes: [node('cp1')],
	members: [
		{
			id: 'a1',
			name: 'cp1',
			peerUrls: ['https://192.0.2.1:2380'],
			clientUrls: ['https://192.0.2.1:2379'],
			learner: false,
			healthy: true,
			leader: true,
		},
	],
	configMaps: {'kubeadm-config': {ClusterConfiguration: 'apiVersion: x\nclusterName: lab\nnetworking: {}\n'}},
	...over,
});
const seen = (text?: string): SeenFile => ({mode: '0644', owner: 'root:root', size: 1, ...(text === undefined ? {} : {text})});
const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
const ca = (name: string) => ({'/etc/kubernetes/pki/ca.crt': seen(pem(name))});
const kubelet = (name: string) => ({'/etc/kubernetes/kubelet.conf': seen(JSON.stringify({ca: pem(name)}))});
const manifest = {'/etc/kubernetes/manifests/etcd.yaml': seen()};
const owned = (...names: string[]): Owned[] => names.map((name) => ({kind: 'file', name, before: null}));
const ownership = (over: Partial<NonNullable<Facts['ownership']>> = {}) => ({
	clusterId: 'c1',
	name: 'lab',
	writer: '',
	fence: 1,
	birthMembers: [],
	owned: [{kind: 'dir', name: '/etc/kubernetes', before: null}],
	...over,
});

type Machine = {files?: Facts['files']; ownership?: Facts['ownership']; probes?: Record<string, Output>};
let machines = 0;
const at = (name: string, stage?: Site['stage'], {probes = {}, ...over}: Machine = {}): Site => {
	machines += 1;
	const address = `10.0.0.${machines % 200}`;
	const role = name.startsWith('cp') ? 'control-plane' : 'worker';
	const own = facts({
		machineId: `m${machines}`,
		addresses: [{device: 'eth0', address, prefix: 24}],
		probes: {...facts().probes, ...probes},
		...(over as Partial<Facts>),
	});
	return {...site({name, role, address, facts: own}), ...(stage === undefined ? {} : {stage})};
};
const seat = at('cp1', 'member', {files: {...ca('A'), ...kubelet('A')}});
const full = {directories: output('full\t/var/lib/etcd\n')};

const rows: [title: string, sites: Site[], living: Living | undefined, finds: string[]][] = [
	['a cluster and who joins it', [seat, at('cp2', 'joining'), at('w1', 'joining')], living(), []],
	[
		"what is there on a member is the cluster's",
		[seat, at('w1', 'member', {files: {...kubelet('A'), ...ca('A')}})],
		living({nodes: [node('cp1'), node('w1')]}),
		[],
	],
	[
		"the same on a machine that joins is somebody else's",
		[seat, at('w1', 'joining', {files: ca('A')})],
		living(),
		['w1 FileAvailable--etc-kubernetes-pki-ca.crt'],
	],
	['a name that is taken', [seat, at('w1', 'joining')], living({nodes: [node('cp1'), node('w1')]}), ['w1 NodeNameTaken']],
	[
		'the Node of a machine that is gone',
		[seat, at('w1', 'joining')],
		living({nodes: [node('cp1'), node('w1', {ready: false})]}),
		[],
	],
	[
		'a control plane that the config calls a worker',
		[seat, at('w1', 'member', {files: kubelet('A')})],
		living({nodes: [node('cp1'), node('w1', {controlPlane: true})]}),
		['w1 NodeRole'],
	],
	[
		'a worker that the config calls a control plane',
		[seat, at('cp2', 'member', {files: {...kubelet('A'), ...ca('A')}})],
		living({nodes: [node('cp1'), node('cp2', {controlPlane: false})]}),
		['cp2 NodeRole'],
	],
	[
		'a control plane whose join was interrupted',
		[seat, at('cp2', 'member', {files: {...kubelet('A'), '/etc/kubernetes/pki/sa.key': seen()}})],
		living({nodes: [node('cp1'), node('cp2', {controlPlane: false})]}),
		[],
	],
	[
		'data of another etcd on a prepared machine',
		[seat, at('cp2', 'joining', {ownership: ownership(), probes: full})],
		living(),
		['cp2 DirAvailable--var-lib-etcd'],
	],
	[
		'data of our own etcd',
		[seat, at('cp2', 'joining', {ownership: ownership({owned: owned('/etc/kubernetes', '/var/lib/etcd')}), probes: full})],
		living(),
		[],
	],
	[
		'another cluster answers',
		[seat, at('w1', 'joining')],
		living({configMaps: {'kubeadm-config': {ClusterConfiguration: 'clusterName: "prod"\n'}}}),
		['cp1 ClusterName'],
	],
	['a cluster without kubeadm-config', [seat], living({configMaps: {}}), []],
	[
		'a machine of another cluster',
		[seat, at('w1', 'joining', {files: kubelet('B'), ownership: ownership()})],
		living(),
		['w1 OtherAuthority'],
	],
	[
		'an authority that is being changed',
		[seat, at('w1', 'member', {files: {...kubelet('B'), '/etc/kubernetes/pki/ca.crt': seen(pem('B') + pem('A'))}})],
		living({nodes: [node('cp1'), node('w1')]}),
		[],
	],
	[
		'the set of the birth',
		[at('cp1', undefined, {ownership: ownership({birthMembers: ['cp2', 'cp1']}), files: manifest}), at('cp2')],
		undefined,
		[],
	],
	[
		'another set than that of the birth',
		[at('cp1', undefined, {ownership: ownership({birthMembers: ['cp1', 'cp2', 'cp3']}), files: manifest}), at('cp2')],
		undefined,
		['cp1 BirthSet'],
	],
	[
		'another set, before an etcd was begun',
		[at('cp1', undefined, {ownership: ownership({birthMembers: ['cp1', 'cp2', 'cp3']})}), at('cp2')],
		undefined,
		[],
	],
	[
		'another set, after the birth',
		[at('cp1', 'member', {ownership: ownership({birthMembers: ['cp1', 'cp2', 'cp3']}), files: manifest}), at('cp2', 'joining')],
		undefined,
		[],
	],
];
for (const [title, sites, cluster_, finds] of rows) {
	test(title, (t) => {
		const found = check(cluster({nodes: sites.map(({spec}) => spec)}), sites, {living: cluster_});
		t.deepEqual(
			found.map(({node: name, id}) => `${name} ${id}`),
			finds,
		);
	});
}

test('both sets are named', (t) => {
	const sites = [at('cp1', undefined, {ownership: ownership({birthMembers: ['cp3', 'cp1']}), files: manifest}), at('cp2')];
	const [found] = check(cluster(), sites);
	t.is(found?.evidence, 'a cluster with the control planes cp1, cp3 was begun here and has not formed; the config has cp1, cp2');
});
