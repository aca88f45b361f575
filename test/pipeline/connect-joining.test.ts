import test from 'ava';
import {fromFlags} from '../../src/cluster/load.ts';
import {ConnectError} from '../../src/errors.ts';
import type {Cluster, ClusterNode, NodeSpec} from '../../src/model.ts';
import {connectJoining, missed} from '../../src/pipeline/connect-joining.ts';
import type {Walk} from '../../src/pipeline.ts';

const local = fromFlags({local: true}, {home: '/nowhere'});
const here: NodeSpec = {...local.nodes[0]!, name: 'here'};
const dead = (name: string, over: Partial<NodeSpec> = {}): NodeSpec => ({
	...here,
	name,
	via: 'ssh',
	address: '127.0.0.1',
	access: {user: 'root', port: 1, jump: []},
	...over,
});
const walk = {signal: new AbortController().signal, acceptNewHostKeys: false} as unknown as Walk;
const go = (nodes: readonly NodeSpec[], over: Partial<Cluster> = {}) =>
	connectJoining({...local, ...over, nodes: [...nodes]}, walk);

test('all that can be used, and why the others cannot', async (t) => {
	const {cluster, hosts, lost, why} = await go([here, dead('cp2')], {advertiseAddress: '10.0.0.9'});
	t.deepEqual([...hosts.keys()], ['here']);
	t.deepEqual([...lost.keys()], ['cp2']);
	t.deepEqual(cluster.nodes, [here]);
	t.is(cluster.advertiseAddress, '10.0.0.9');
	t.regex(why!.message, /^cp2: /);
	await Promise.all([...hosts.values()].map((host) => host.close()));
});

test("the first control plane's own address is not that of the one that answers instead", async (t) => {
	const {cluster, hosts} = await go([dead('cp1'), here], {advertiseAddress: '10.0.0.9'});
	t.is(cluster.advertiseAddress, undefined);
	await Promise.all([...hosts.values()].map((host) => host.close()));
});

test('without a control plane there is nobody to ask', async (t) => {
	await t.throwsAsync(go([dead('cp1'), {...here, role: 'worker'}]), {instanceOf: ConnectError, message: /^cp1: /});
	await t.throwsAsync(go([dead('cp1')]), {instanceOf: ConnectError, message: /^cp1: /});
});

const node = (name: string, ...addresses: string[]) => ({name, addresses}) as unknown as ClusterNode;
const {name: _, ...nameless} = dead('x');
const rows: readonly (readonly [title: string, lost: NodeSpec, meant: boolean, missed: boolean])[] = [
	['a node of the cluster', dead('cp2'), true, false],
	['a machine that was to join', dead('cp4'), true, true],
	['a machine that was not to join', dead('cp4'), false, false],
	['a node that the config calls by its address', {...nameless, address: '10.0.0.2'}, true, false],
	['a node that is reached by another address', {...nameless, address: '203.0.113.2', internalAddress: '10.0.0.2'}, true, false],
	['an address that no node has', {...nameless, address: '10.0.0.4'}, true, true],
];
for (const [title, lost, meant, isMissed] of rows) {
	test(`${title} is ${isMissed ? '' : 'not '}missed`, (t) => {
		const nodes = [node('cp1', '10.0.0.1'), node('cp2', '10.0.0.2')];
		t.deepEqual(
			missed([lost], {nodes}, () => meant),
			isMissed ? [lost] : [],
		);
	});
}
