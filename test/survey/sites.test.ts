import test from 'ava';
import type {Facts, NodeSpec} from '../../src/model.ts';
import {sitesOf} from '../../src/survey/sites.ts';
import {cluster, facts, output, spec} from '../checks/sample.ts';

const two = [
	{device: 'eth0', address: '10.0.2.15', prefix: 24},
	{device: 'eth1', address: '192.168.56.11', prefix: 24},
];
const routes = (...lines: [to: string, source: string][]) => ({
	routes: output(lines.map(([to, source]) => `${to} dev eth1 src ${source} uid 0\n`).join('')),
});
const nat: Partial<Facts> = {addresses: two, defaultAddress: {v4: '10.0.2.15'}};

const cases: [title: string, node: Partial<NodeSpec>, seen: Partial<Facts>, address: string][] = [
	['the config has the last word', {internalAddress: '172.16.0.1'}, nat, '172.16.0.1'],
	[
		'the address on the way to the others',
		{address: '203.0.113.5'},
		{...nat, probes: routes(['192.168.56.12', '192.168.56.11'], ['192.0.2.1', '10.0.2.15'])},
		'192.168.56.11',
	],
	['the address that was written down, when it is its own', {address: '192.168.56.11'}, nat, '192.168.56.11'],
	['the one of the default route', {address: 'cp1.example'}, nat, '10.0.2.15'],
	['the first one, without any route', {address: 'cp1.example'}, {addresses: two, defaultAddress: {}}, '10.0.2.15'],
	['none at all: a check says so', {}, {addresses: [], defaultAddress: {}}, ''],
	[
		'not the one of a route that goes over loopback',
		{address: 'x'},
		{...nat, probes: routes(['127.0.0.1', '127.0.0.1'])},
		'10.0.2.15',
	],
];
for (const [title, node, seen, address] of cases) {
	test(title, (t) => {
		const nodes = [spec(node)];
		t.is(sitesOf(cluster({nodes}), new Map([['cp1', facts(seen)]]))[0]?.address, address);
	});
}

test('the family is that of the first service network', (t) => {
	const {configuration} = cluster();
	const v6 = cluster({
		configuration: {...configuration, networking: {...configuration.networking, serviceSubnet: 'fd00:1::/112,10.96.0.0/12'}},
	});
	const seen = facts({
		addresses: [...two, {device: 'eth0', address: 'fd00::5', prefix: 64}],
		defaultAddress: {v4: '10.0.2.15', v6: 'fd00::5'},
	});
	t.is(sitesOf(v6, new Map([['cp1', seen]]))[0]?.address, 'fd00::5');
});

test('a node without a name takes that of its machine', (t) => {
	const {name: _, ...nameless} = spec({address: '10.0.0.1'});
	const sites = sitesOf(cluster({nodes: [nameless]}), new Map([['10.0.0.1', facts({hostname: 'tower'})]]));
	t.is(sites[0]?.name, 'tower');
});

test('an advertiseAddress holds for the first control plane only', (t) => {
	const nodes = [spec(), spec({name: 'cp2', address: '10.0.0.2'})];
	const sites = sitesOf(
		cluster({nodes, advertiseAddress: '10.0.0.9'}),
		new Map([
			['cp1', facts()],
			['cp2', facts({addresses: [{device: 'eth0', address: '10.0.0.2', prefix: 24}]})],
		]),
	);
	t.deepEqual(
		sites.map(({address}) => address),
		['10.0.0.9', '10.0.0.2'],
	);
});

test('machines that all have 10.0.2.15 on the way out use the network in which each has its own', (t) => {
	const nodes = [
		spec({address: '127.0.0.1'}),
		spec({name: 'w1', role: 'worker', address: '127.0.0.1'}),
		spec({name: 'w2', role: 'worker'}),
	];
	const seen = (last: number, eth1 = `192.168.56.${last}`) =>
		facts({
			addresses: [
				{device: 'eth0', address: '10.0.2.15', prefix: 24},
				{device: 'docker0', address: `172.17.0.${last}`, prefix: 16},
				{device: 'eth1', address: eth1, prefix: 24},
			],
			defaultAddress: {v4: '10.0.2.15'},
		});
	const addresses = (...all: Facts[]) =>
		sitesOf(cluster({nodes}), new Map(['cp1', 'w1', 'w2'].map((name, index) => [name, all[index]!]))).map(({address}) => address);
	t.deepEqual(addresses(seen(11), seen(12), seen(13)), ['192.168.56.11', '192.168.56.12', '192.168.56.13']);
	t.deepEqual(addresses(seen(11), seen(11), seen(13)), ['10.0.2.15', '10.0.2.15', '10.0.2.15'], 'a check says it');
	t.deepEqual(addresses(seen(11), seen(12), seen(13, '192.168.57.13')), ['10.0.2.15', '10.0.2.15', '10.0.2.15']);
	const [first, ...rest] = nodes;
	const given = [{...first!, internalAddress: '172.16.0.1'}, ...rest];
	t.deepEqual(
		sitesOf(
			cluster({nodes: given}),
			new Map([
				['cp1', seen(11)],
				['w1', seen(12)],
				['w2', seen(13)],
			]),
		).map(({address}) => address),
		['172.16.0.1', '192.168.56.12', '192.168.56.13'],
	);
});
