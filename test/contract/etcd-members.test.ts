import test from 'ava';
import {etcdInitial} from '../../src/contract/etcd-members.ts';
import type {EtcdMember, Facts, Scope, Site} from '../../src/model.ts';
import {output} from '../checks/sample.ts';
import {scopesOf} from '../phases/cluster.ts';

const at = (number: number) => `cp${number}=https://10.0.0.${number}:2380`;
const member = (number: number, over: Partial<EtcdMember> = {}): EtcdMember => ({
	id: `a${number}`,
	name: `cp${number}`,
	peerUrls: [`https://10.0.0.${number}:2380`],
	clientUrls: [`https://10.0.0.${number}:2379`],
	learner: false,
	healthy: true,
	leader: false,
	...over,
});
const unborn = {name: '', clientUrls: [], healthy: false};

const manifest = (...flags: readonly string[]): Partial<Facts> => ({
	files: {
		'/etc/kubernetes/manifests/etcd.yaml': {
			mode: '0600',
			owner: 'root:root',
			size: 1,
			text: `spec:\n  containers:\n  - command:\n    - etcd\n${flags.map((flag) => `    - ${flag}\n`).join('')}`,
		},
	},
});
const empty: Partial<Facts> = {probes: {directories: output('empty\t/var/lib/etcd\n')}};
const born = (...birthMembers: readonly string[]): Partial<Facts> => ({
	ownership: {clusterId: 'x', name: 'test', writer: '', fence: 1, birthMembers: [...birthMembers], owned: []},
});

type World = {
	/** What is special about control planes, by number. */
	readonly facts?: Readonly<Record<number, Partial<Facts>>>;
	readonly stages?: Readonly<Record<number, Site['stage']>>;
	readonly members?: readonly EtcdMember[];
};
/** cp1 to cp4, as one of them sees them. */
function seenBy(number: number, {facts = {}, stages = {}, members}: World): Scope {
	const nodes = [1, 2, 3, 4].map((each) => ({name: `cp${each}`, ...(facts[each] && {facts: facts[each]})}));
	const scope = scopesOf(nodes)[`cp${number}`]!;
	const staged = scope.sites.map((site, index): Site => {
		const stage = stages[index + 1];
		return stage === undefined ? site : {...site, stage};
	});
	const living = members && {seat: 'cp1', server: 'https://10.0.0.1:6443', nodes: [], configMaps: {}, members};
	return {...scope, sites: staged, site: staged[number - 1]!, ...(living && {living})};
}

const three = [member(1), member(2), member(3)];
const list = (...numbers: readonly number[]) => numbers.map(at).join(',');

const rows: readonly (readonly [title: string, sees: number, world: World, cluster: string, existing: boolean])[] = [
	['a birth: all control planes', 2, {}, list(1, 2, 3, 4), false],
	['a birth with a record: those that it names', 2, {facts: {2: born('cp1', 'cp2', 'cp3')}}, list(1, 2, 3), false],
	[
		'a birth that was begun without a record: all control planes, whatever was written',
		2,
		{facts: {2: manifest(`--initial-cluster=${list(1, 2)}`)}},
		list(1, 2, 3, 4),
		false,
	],
	[
		'nobody answers, and it is part of the cluster: what is written stays',
		2,
		{stages: {2: 'member'}, facts: {2: manifest(`--initial-cluster=${list(1, 2)}`, '--initial-cluster-state=existing')}},
		list(1, 2),
		true,
	],
	[
		'kept: what is written stays',
		2,
		{members: three, facts: {2: manifest(`--initial-cluster=${list(1, 2)}`)}},
		list(1, 2),
		false,
	],
	[
		'kept, as kubeadm quotes it',
		2,
		{members: three, facts: {2: manifest(`"--initial-cluster=${list(1, 2)}"`, '"--initial-cluster-state=existing"')}},
		list(1, 2),
		true,
	],
	['kept, its manifest gone: those that are there', 2, {members: three}, list(1, 2, 3), true],
	[
		'listed since the birth, never started: a birth, with those that are listed',
		3,
		{members: [member(1), member(2), member(3, unborn)]},
		list(1, 2, 3),
		false,
	],
	['it comes: those that are there, and itself', 4, {members: three}, list(1, 2, 3, 4), true],
	['two come: the first does not know the second', 3, {members: [member(1), member(2)]}, list(1, 2, 3), true],
	['two come: the second knows the first', 4, {members: [member(1), member(2)]}, list(1, 2, 3, 4), true],
	[
		'it comes again, and an old manifest is there: written anew',
		4,
		{members: three, facts: {4: manifest(`--initial-cluster=${list(4)}`)}},
		list(1, 2, 3, 4),
		true,
	],
	[
		'a learner that never started has the name that it will have',
		4,
		{members: [...three, member(4, {...unborn, learner: true})]},
		list(1, 2, 3, 4),
		true,
	],
	[
		'a learner that has started: what it was started with stays',
		4,
		{
			members: [...three, member(4, {learner: true})],
			facts: {4: manifest(`--initial-cluster=${list(1, 2, 3, 4)}`, '--initial-cluster-state=existing')},
		},
		list(1, 2, 3, 4),
		true,
	],
	[
		'it lost its data: the others, and itself as one that comes',
		2,
		{members: three, facts: {2: {...manifest(`--initial-cluster=${list(1, 2, 3)}`), ...empty}}},
		list(1, 3, 2),
		true,
	],
	[
		'two lost their data: the first knows the second as it is, because it goes out later',
		2,
		{members: three, facts: {2: empty, 3: empty}},
		list(1, 3, 2),
		true,
	],
	[
		'two lost their data: the second knows the first as one that came',
		3,
		{members: three, facts: {2: empty, 3: empty}},
		list(1, 2, 3),
		true,
	],
	[
		'who comes before one that lost its data has it as it is',
		2,
		{members: [member(1), member(3)], facts: {3: empty}},
		list(1, 3, 2),
		true,
	],
	[
		'listed since the birth, never started, beside one that lost its data: those that were born',
		3,
		{members: [member(1), member(2), member(3, unborn)], facts: {2: empty}},
		list(1, 2, 3),
		false,
	],
	['who comes beside one that lost its data has both', 4, {members: three, facts: {2: empty}}, list(1, 3, 2, 4), true],
	[
		'a member that is not in the config is there all the same',
		4,
		{members: [member(1), member(7)]},
		`${list(1)},cp7=https://10.0.0.7:2380,${list(2, 3, 4)}`,
		true,
	],
];
for (const [title, sees, world, cluster, existing] of rows) {
	test(title, (t) => {
		t.deepEqual(etcdInitial(seenBy(sees, world)), {cluster, existing});
	});
}
