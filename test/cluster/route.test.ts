/** Which way leads to a machine: the config and flags first, then the ssh config, then defaults. */
import test from 'ava';
import type {ClusterFlags} from '../../src/cluster/flags.ts';
import {fromFlags} from '../../src/cluster/load.ts';
import {directAddress, hostOf, routeTo} from '../../src/cluster/route.ts';
import {ConfigError} from '../../src/errors.ts';

/** A cluster of one node by flags, with this text as `~/.ssh/config`. */
const clusterOf = (text: string, flags: ClusterFlags, files: Readonly<Record<string, string>> = {}) =>
	fromFlags(flags, {
		home: '/home/op',
		glob: (pattern) => [pattern],
		readFile: (path) => {
			const found = {'/home/op/.ssh/config': text, ...files}[path];
			if (found === undefined) throw Object.assign(new Error('no such file'), {code: 'ENOENT'});
			return found;
		},
	});
const way = (text: string, node: string, flags: ClusterFlags = {}) => {
	const cluster = clusterOf(text, {controlPlanes: [node], ...flags});
	return {cluster, node: cluster.nodes[0]!, ...routeTo(cluster.nodes[0]!, cluster)};
};
const shown = ({hops}: ReturnType<typeof way>) =>
	hops.map(({user, host, port, keyFiles}) => `${user}@${host}:${port} ${keyFiles.join()}`);

const config = `Host cp1
  HostName 192.0.2.11
  User debian
  Port 2222
  IdentityFile ~/.ssh/nodes
  ProxyJump gate
Host gate
  HostName gate.example
  User jumper
  Port 2200
  IdentityFile ~/.ssh/gate
`;

test('a Host of the ssh config says everything that nobody else said', (t) => {
	t.deepEqual(shown(way(config, 'cp1')), ['jumper@gate.example:2200 ~/.ssh/gate', 'debian@192.0.2.11:2222 ~/.ssh/nodes']);
});

test('flags and config beat it, also for the way', (t) => {
	t.deepEqual(shown(way(config, 'eve@cp1:23', {identityFile: '/k'})), [
		'jumper@gate.example:2200 ~/.ssh/gate,/k',
		'eve@192.0.2.11:23 /k',
	]);
	const {hops} = way(config, 'cp1', {identityFile: '/k'});
	t.deepEqual(
		hops.map(({onlyThese}) => onlyThese),
		[true, true],
	);
});

test('without a word anywhere it is root at port 22, and no ssh config is read when none is wanted', (t) => {
	t.deepEqual(shown(way('', 'h1')), ['root@h1:22 ']);
	const cluster = clusterOf(config, {controlPlanes: ['cp1'], sshConfig: 'none'});
	t.deepEqual(shown({hops: routeTo(cluster.nodes[0]!, cluster).hops} as never), ['root@cp1:22 ']);
	t.is(cluster.sshConfig, undefined);
});

test('the file that a flag names is the only one; it must be there', (t) => {
	const flags = {controlPlanes: ['cp1'], sshConfig: '/v'};
	const cluster = clusterOf(config, flags, {'/v': 'Host cp1\n  User vagrant\n'});
	t.deepEqual(shown({hops: routeTo(cluster.nodes[0]!, cluster).hops} as never), ['vagrant@cp1:22 ']);
	t.throws(() => clusterOf(config, flags), {instanceOf: ConfigError, message: /\/v: the ssh config cannot be read/});
});

test('several hops: the first of them may have hops of its own, the others not', (t) => {
	const text = 'Host a\n ProxyJump b,c\nHost b\n ProxyJump d\nHost c\n ProxyJump e\n';
	t.deepEqual(
		way(text, 'a').hops.map(({name}) => name),
		['d', 'b', 'c', 'a'],
	);
});

test('a circle, and a ProxyCommand, are problems of the config', (t) => {
	t.throws(() => way('Host *\n  ProxyJump gate\n', 'cp1'), {
		instanceOf: ConfigError,
		message: /the jump hosts lead in a circle: cp1:22 → gate:22 → gate:22/,
	});
	t.throws(() => way('Host cp1\n  ProxyCommand nc %h %p\n', 'cp1'), {
		message: /\/home\/op\/\.ssh\/config:2: ProxyCommand is not supported \(for cp1\): say ProxyJump/,
	});
	t.throws(() => way('Host cp1\n  HostName "a b"\n', 'cp1'), {message: /cp1: HostName "a b" must be a host name/});
});

test('what others need to know: where a node is, and whether the operator reaches it straight', (t) => {
	const behind = way(config, 'cp1');
	t.is(hostOf(behind.node, behind.cluster), '192.0.2.11');
	t.is(directAddress(behind.node, behind.cluster), undefined, 'there is a jump host before it');
	const straight = way('Host cp1\n  HostName 192.0.2.11\n', 'cp1');
	t.is(directAddress(straight.node, straight.cluster), '192.0.2.11');
	const forwarded = way('Host cp1\n  HostName 127.0.0.1\n  Port 2222\n', 'cp1');
	t.is(directAddress(forwarded.node, forwarded.cluster), undefined, 'a forwarded port is not the machine');
});
