import {mkdtempSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {merged, operatorKubeconfig, writeKubeconfig} from '../../src/commands/kubeconfig-file.ts';
import {adminConf} from './fakes.ts';

const other = {
	clusters: [{name: 'home', cluster: {server: 'https://home:6443'}}],
	users: [{name: 'me', user: {token: 'x'}}],
	contexts: [{name: 'home', context: {cluster: 'home', user: 'me'}}],
	'current-context': 'home',
	extensions: ['kept'],
};
const own = operatorKubeconfig(adminConf, 'prod');

test('admin.conf becomes entries with the name of the cluster', (t) => {
	t.is(own['current-context'], 'prod');
	t.deepEqual(own.contexts, [{name: 'prod', context: {cluster: 'prod', user: 'prod-admin'}}]);
	t.like(own.clusters[0], {name: 'prod', cluster: {server: 'https://192.0.2.11:6443'}});
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
	t.regex(readFileSync(file, 'utf8'), /server: .*https:\/\/192\.0\.2\.11:6443/);
});
