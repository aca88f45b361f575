import test from 'ava';
import {check} from '../../src/checks/check.ts';
import type {EtcdMember, Living, Site} from '../../src/model.ts';
import {cluster, facts, output, site} from './sample.ts';

const address = (number: number) => `10.0.0.${number}`;
const member = (number: number, over: Partial<EtcdMember> = {}): EtcdMember => ({
	id: `a${number}`,
	name: `cp${number}`,
	peerUrls: [`https://${address(number)}:2380`],
	clientUrls: [`https://${address(number)}:2379`],
	learner: false,
	healthy: true,
	leader: false,
	...over,
});
const lost = {probes: {directories: output('empty\t/var/lib/etcd\n')}};
const plane = (number: number, stage: Site['stage'] = 'member', over = {}): Site => {
	const own = facts({
		machineId: `m${number}`,
		addresses: [{device: 'eth0', address: address(number), prefix: 24}],
		...over,
	});
	return {...site({name: `cp${number}`, address: address(number), facts: own}), stage};
};
const living = (members?: readonly EtcdMember[]): Living => ({
	seat: 'cp1',
	server: 'https://10.0.0.1:6443',
	nodes: [],
	configMaps: {},
	...(members && {members}),
});
const external = {external: {endpoints: ['https://etcd.test:2379'], caFile: '', certFile: '', keyFile: ''}};

function found(
	sites: readonly Site[],
	living_: Living | undefined,
	etcd: object = {local: {dataDir: '/var/lib/etcd'}},
): string[] {
	const {configuration} = cluster();
	const wanted = cluster({
		nodes: sites.map(({spec}) => spec),
		configuration: {...configuration, etcd: etcd as (typeof configuration)['etcd']},
	});
	return check(wanted, sites, {living: living_}).flatMap(({node, id, evidence}) =>
		id === 'EtcdMembers' ? [`${node} ${evidence}`] : [],
	);
}

const three = [member(1), member(2), member(3)];
const rows: readonly (readonly [
	title: string,
	sites: readonly Site[],
	members: readonly EtcdMember[] | undefined,
	finds: readonly RegExp[],
])[] = [
	['who comes to members that are well', [plane(1), plane(2), plane(3), plane(4, 'joining')], three, []],
	['two come', [plane(1), plane(2, 'joining'), plane(3, 'joining')], [member(1)], []],
	['one lost its data', [plane(1), plane(2, 'member', lost), plane(3)], three, []],
	[
		'one lost its data, and there is no majority without it',
		[plane(1), plane(2, 'member', lost)],
		[member(1), member(2, {healthy: false})],
		[/^cp2 etcd has no quorum: 1 of 2/],
	],
	[
		"another's learner is in the way",
		[plane(1), plane(2), plane(4, 'joining')],
		[...three, member(7, {learner: true})],
		[/^cp4 cp7 is a learner of etcd still/],
	],
	['its own learner is not', [plane(1), plane(2), plane(4, 'joining')], [...three, member(4, {learner: true})], []],
	[
		'etcd could not be asked, and a control plane comes',
		[plane(1), plane(4, 'joining')],
		undefined,
		[/^cp4 etcd could not be asked for its members/],
	],
	['etcd could not be asked, and nobody comes', [plane(1), plane(2)], undefined, []],
];
for (const [title, sites, members, finds] of rows) {
	test(title, (t) => {
		const said = found(sites, living(members));
		t.is(said.length, finds.length, said.join('\n'));
		for (const [index, pattern] of finds.entries()) t.regex(said[index]!, pattern);
	});
}

test('an etcd outside has members that are not ours', (t) => {
	t.deepEqual(found([plane(1), plane(4, 'joining')], living(), external), []);
});

test('before a birth there is nobody to ask', (t) => {
	const {stage: _, ...bare} = plane(1);
	t.deepEqual(found([bare], undefined), []);
});
