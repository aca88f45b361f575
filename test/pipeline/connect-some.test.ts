import test from 'ava';
import {fromFlags} from '../../src/cluster/load.ts';
import {Interrupted} from '../../src/errors.ts';
import type {NodeSpec} from '../../src/model.ts';
import {connectSome} from '../../src/pipeline/connect-some.ts';
import type {Walk} from '../../src/pipeline.ts';

const cluster = fromFlags({local: true}, {home: '/nowhere'});
const dead: NodeSpec = {
	...cluster.nodes[0]!,
	name: 'dead',
	via: 'ssh',
	address: '127.0.0.1',
	access: {user: 'root', port: 1, jump: []},
};
const nodes = [{...cluster.nodes[0]!, name: 'here'}, dead];
const walk = (signal: AbortSignal) => ({signal, acceptNewHostKeys: false}) as unknown as Walk;

test('a machine that cannot be used does not take the others with it, and it is said why', async (t) => {
	const {hosts, lost} = await connectSome(cluster, nodes, walk(new AbortController().signal));
	t.deepEqual([...hosts.keys()], ['here']);
	t.deepEqual([...lost.keys()], ['dead']);
	t.regex(lost.get('dead')!.message, /^dead: /);
	await Promise.all([...hosts.values()].map((host) => host.close()));
});

test('an operator who stops is no dead machine', async (t) => {
	await t.throwsAsync(connectSome(cluster, nodes, walk(AbortSignal.abort())), {instanceOf: Interrupted});
});
