import test from 'ava';
import {check} from '../../src/checks/check.ts';
import {resetFindings} from '../../src/checks/reset.ts';
import type {Facts, SeenFile} from '../../src/model.ts';
import {cluster, facts, site} from './sample.ts';

type Ownership = NonNullable<Facts['ownership']>;
const record = (over: Partial<Ownership>): Ownership => ({
	clusterId: 'c1',
	name: 'lab',
	writer: '1.4.2',
	fence: 1,
	birthMembers: [],
	owned: [],
	...over,
});
const one = (over: Partial<Ownership>, files: Facts['files'] = {}) => {
	const own = facts({machineId: 'm1', ownership: record(over), files});
	return {...site(), facts: own};
};
const ids = ['OtherNode', 'CopiedRecord', 'TornRecord', 'NewerKubestrap', 'ClusterChanged'];
const found = (over: Partial<Ownership>, version = '1.4.0', files: Facts['files'] = {}) =>
	check(cluster(), [one(over, files)], {version}).filter(({id}) => ids.includes(id));

test('a machine whose record has another name is not the one that the config means', (t) => {
	const [finding] = found({node: 'w7'});
	t.like(finding, {
		id: 'OtherNode',
		level: 'error',
		evidence: 'the machine at 10.0.0.1 is recorded as w7, and the config says that it is cp1',
	});
	t.deepEqual(found({node: 'cp1', machineId: 'm1'}), []);
	t.deepEqual(found({}), [], 'records of before have no name');
});

test('a record that was copied with its disk is said', (t) => {
	t.like(found({node: 'cp1', machineId: 'm0'})[0], {id: 'CopiedRecord', level: 'warning'});
});

test("a record of which lines cannot be read is said, and in nobody's way", (t) => {
	t.like(found({torn: 2})[0], {id: 'TornRecord', level: 'warning'});
	t.regex(found({torn: 2})[0]!.evidence, /^2 lines of \S+ cannot be read/);
	const reset = resetFindings({cluster: cluster(), sites: [one({torn: 1})], staying: 0}, {force: false});
	t.deepEqual(
		reset.map(({id, level}) => `${id} ${level}`),
		['TornRecord warning'],
	);
});

const versions: readonly (readonly [writer: string, ours: string, refused: boolean])[] = [
	['1.5.0', '1.4.9', true],
	['2.0.0', '1.9.0', true],
	['1.4.9', '1.4.0', false],
	['1.3.0', '1.4.0', false],
	['', '1.4.0', false],
	['1.10.0', '1.9.0', true],
	['next', '1.4.0', false],
];
for (const [writer, ours, refused] of versions) {
	test(`${ours} ${refused ? 'leaves' : 'takes'} a machine that ${writer || 'somebody'} has written to`, (t) => {
		t.is(
			found({writer}, ours).some(({id, level}) => id === 'NewerKubestrap' && level === 'error'),
			refused,
		);
	});
}

test("reset needs the operator's word for a machine of another name, and for what a newer kubestrap wrote", (t) => {
	const about = {cluster: cluster(), sites: [one({node: 'w7', writer: '9.0.0'})], staying: 0, version: '1.0.0'};
	const levels = (force: boolean) => resetFindings(about, {force}).map(({id, level}) => `${id} ${level}`);
	t.deepEqual(levels(false), ['OtherNode error', 'NewerKubestrap error']);
	t.deepEqual(levels(true), ['OtherNode warning', 'NewerKubestrap warning']);
});

const seen = (text: string): SeenFile => ({mode: '0644', owner: 'root:root', size: 1, text});
const kept: readonly (readonly [what: string, path: string, text: string, evidence: RegExp])[] = [
	[
		'the DNS domain',
		'/var/lib/kubelet/config.yaml',
		'kind: x\nclusterDomain: old.local\n',
		/dnsDomain is cluster.local in the config, but old.local in/,
	],
	[
		'the folder of certificates',
		'/etc/kubernetes/manifests/kube-apiserver.yaml',
		'    - --client-ca-file=/srv/pki/ca.crt\n',
		/certificatesDir is \/etc\/kubernetes\/pki in the config, but \/srv\/pki in/,
	],
	[
		'the network of Services',
		'/etc/kubernetes/manifests/kube-apiserver.yaml',
		'    - --service-cluster-ip-range=10.1.0.0/16\n',
		/serviceSubnet is 10.96.0.0\/12 in the config, but 10.1.0.0\/16/,
	],
	[
		'the folder of etcd',
		'/etc/kubernetes/manifests/etcd.yaml',
		'    - --data-dir=/srv/etcd\n',
		/etcd.local.dataDir is \/var\/lib\/etcd in/,
	],
];
for (const [what, path, text, evidence] of kept) {
	test(`${what} of a cluster does not change, and the reason is said`, (t) => {
		const [finding] = found({node: 'cp1'}, '1.4.0', {[path]: seen(text)});
		t.like(finding, {id: 'ClusterChanged', level: 'error'});
		t.regex(finding!.evidence, evidence);
		t.regex(finding!.remedy, /into the config$/);
	});
}
