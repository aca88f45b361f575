import {mkdtempSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fromFlags, load} from '../../src/cluster/load.ts';
import {merged, operatorKubeconfig, writeKubeconfig} from '../../src/commands/kubeconfig-file.ts';
import type {Cluster} from '../../src/model.ts';
import {adminConf} from './fakes.ts';

const other = {
	clusters: [{name: 'home', cluster: {server: 'https://home:6443'}}],
	users: [{name: 'me', user: {token: 'x'}}],
	contexts: [{name: 'home', context: {cluster: 'home', user: 'me'}}],
	'current-context': 'home',
	extensions: ['kept'],
};
const cluster = (more = '') =>
	load(
		`apiVersion: kubestrap.dev/v1\nkind: Cluster\nmetadata: {name: prod}\nspec:\n${more}  nodes:\n    - {name: cp1, role: control-plane, address: 203.0.113.11, internalAddress: 10.0.0.11}\n`,
		{file: 'cluster.yaml', home: '/root'},
	);
const own = operatorKubeconfig(adminConf, cluster());

test('without an endpoint it points where the operator reaches the node; with one, at the endpoint', (t) => {
	const server = (given: Cluster) => (operatorKubeconfig(adminConf, given).clusters[0]!.cluster as {server: string}).server;
	t.is(server(cluster()), 'https://203.0.113.11:6443');
	t.not(server(cluster('  controlPlaneEndpoint: api.example:6443\n')), 'https://203.0.113.11:6443');
	t.not(server(cluster('  ssh: {jump: [me@bastion.example]}\n')), 'https://203.0.113.11:6443');
	// The name of the nodes' own proxies leads nowhere else.
	t.is(server(cluster('  loadBalancer: node-proxy\n')), 'https://203.0.113.11:6443');
	t.is(server(cluster('  loadBalancer: node-proxy\n  ssh: {jump: [me@bastion.example]}\n')), 'https://10.0.0.11:6443');
});

test('an address that is a Host of the ssh config is where that leads, unless it is a port that is forwarded here', (t) => {
	const by = (text: string) => {
		const cluster = fromFlags(
			{controlPlanes: ['cp1'], sshConfig: '/f'},
			{home: '/root', readFile: () => `Host cp1\n  HostName ${text}\n`},
		);
		return (operatorKubeconfig(adminConf, cluster).clusters[0]!.cluster as {server: string}).server;
	};
	t.is(by('203.0.113.12'), 'https://203.0.113.12:6443');
	t.false(by('127.0.0.1').includes('127.0.0.1'));
	t.false(by('203.0.113.12\n  ProxyJump gate').includes('203.0.113.12'));
});

test('admin.conf becomes entries with the name of the cluster', (t) => {
	t.is(own['current-context'], 'prod');
	t.deepEqual(own.contexts, [{name: 'prod', context: {cluster: 'prod', user: 'prod-admin'}}]);
	t.like(own.clusters[0], {name: 'prod', cluster: {server: 'https://203.0.113.11:6443'}});
});

test('other clusters, what we do not know, and the current context stay', (t) => {
	const both = merged(other, own, {file: 'f', overwrite: false});
	t.deepEqual(
		both.clusters.map(({name}) => name),
		['home', 'prod'],
	);
	t.is(both['current-context'], 'home');
	t.deepEqual(both.extensions, ['kept']);
});

test('the same cluster is renewed in place', (t) => {
	const renewed = {...own, users: [{name: 'prod-admin', user: {token: 'new'}}]};
	t.deepEqual(merged(own, renewed, {file: 'f', overwrite: false}).users, renewed.users);
});

test('another cluster of the same name is only overwritten when asked', (t) => {
	const stranger = {...other, clusters: [{name: 'prod', cluster: {'certificate-authority-data': 'T1RIRVI='}}]};
	t.throws(() => merged(stranger, own, {file: 'f', overwrite: false}), {message: /f: its entry prod belongs to another cluster/});
	t.deepEqual(merged(stranger, own, {file: 'f', overwrite: true}).clusters, own.clusters);
});

test('a file is written for its owner alone, and nothing is left beside it', (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-kubeconfig-'));
	const file = join(folder, 'deep', 'config');
	writeKubeconfig(file, own, {overwrite: false});
	writeKubeconfig(file, own, {overwrite: false});
	t.is(statSync(file).mode & 0o777, 0o600);
	t.deepEqual(readdirSync(join(folder, 'deep')), ['config']);
	t.regex(readFileSync(file, 'utf8'), /server: .*https:\/\/203\.0\.113\.11:6443/);
});
