import {spawnSync} from 'node:child_process';
import test from 'ava';
import {hostsLineFor} from '../../src/cluster/node-proxy.ts';
import type {Scope, Step} from '../../src/model.ts';
import {imagesOf} from '../../src/phases/images.ts';
import {nodeProxy} from '../../src/phases/node-proxy.ts';
import {contentOf} from '../contract/ours.ts';
import {scopesOf, shown} from './cluster.ts';

const nodes = [{name: 'cp1'}, {name: 'cp2'}, {name: 'w1', role: 'worker' as const}];
const scopes = (spec = '', facts = {}) =>
	scopesOf(
		nodes.map((node) => ({...node, facts})),
		{spec: `  loadBalancer: node-proxy\n${spec}`},
	);
const fileOf = (scope: Scope, end: string) => {
	const file = nodeProxy.steps(scope).find((step) => step.kind === 'file' && step.path.endsWith(end));
	return shown(contentOf(file?.kind === 'file' ? file : undefined));
};

test('only a cluster that asks for proxies has them, and their image', (t) => {
	const {w1} = scopesOf(nodes);
	t.deepEqual(nodeProxy.steps(w1!), []);
	t.is(hostsLineFor(w1!.cluster, w1!.sites), undefined);
	t.false(imagesOf(w1!.cluster, 'worker').some((ref) => ref.includes('haproxy')));
	t.is(imagesOf(scopes().w1!.cluster, 'worker')[1], 'docker.io/library/haproxy:2.6.12');
});

test('a proxy knows all control planes; a worker has it for itself, a control plane for joiners too', (t) => {
	const {cp1, w1} = scopes();
	for (const scope of [cp1!, w1!])
		t.regex(fileOf(scope, '.cfg'), /server cp1 10\.0\.0\.1:6443\n\tserver cp2 10\.0\.0\.2:6443\n$/);
	t.regex(fileOf(cp1!, '.cfg'), /bind 0\.0\.0\.0:7443\n/);
	t.regex(fileOf(w1!, '.cfg'), /bind 127\.0\.0\.1:7443\n/);
	t.regex(fileOf(w1!, '.yaml'), /image: "docker\.io\/library\/haproxy:2\.6\.12"/);
});

test('on IPv6 it listens there', (t) => {
	const {cp1, w1} = scopes();
	const address = (scope: Scope, at: string) => ({...scope, site: {...scope.site, address: at}});
	t.regex(fileOf(address(cp1!, 'fd00::1'), '.cfg'), /bind \[::\]:7443 v4v6\n/);
	t.regex(fileOf(address(w1!, 'fd00::9'), '.cfg'), /bind \[::1\]:7443\n/);
});

test("the name leads to the node itself, also after cloud-init's next boot; a joiner's line names a control plane", (t) => {
	const lines = (scope: Scope) => nodeProxy.steps(scope).flatMap((step) => (step.kind === 'line' ? [step] : []));
	const {w1} = scopes('  controlPlaneEndpoint: k8s.example:8443\n');
	t.deepEqual(lines(w1!), [{kind: 'line', path: '/etc/hosts', line: '127.0.0.1 k8s.example'}]);
	const template = '/etc/cloud/templates/hosts.debian.tmpl';
	const cloud = scopes('', {files: {[template]: {mode: '0644', owner: 'root:root', size: 1}}});
	t.deepEqual(
		lines(cloud.w1!).map(({path}) => path),
		['/etc/hosts', template],
	);
	t.is(hostsLineFor(w1!.cluster, w1!.sites), '10.0.0.1 k8s.example');
});

test('a new list is told to the running process; the mark goes only when it was', (t) => {
	const told = nodeProxy.steps(scopes().w1!).find((step): step is Extract<Step, {kind: 'run'}> => step.kind === 'run');
	const {sh = ''} = told !== undefined && 'sh' in told.command ? told.command : {};
	const crictl = (body: string) => `crictl() { ${body}; }\nkill() { echo "$*"; }\nrm() { echo gone; }\n${sh}`;
	const run = (body: string) => spawnSync('sh', ['-c', crictl(body), 'sh', 'socket', 'name', '/nowhere'], {encoding: 'utf8'});
	t.is(run('case $3 in ps) echo a1 ;; inspect) echo 4711 ;; esac').stdout, '-USR2 4711\ngone\n');
	t.is(run(':').stdout, 'gone\n');
	const bad = run('return 1');
	t.is(bad.stdout, '');
	t.not(bad.status, 0);
});
