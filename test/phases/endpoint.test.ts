import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {moveOf} from '../../src/contract/endpoint-ready.ts';
import type {Scope, Step} from '../../src/model.ts';
import {endpointReady} from '../../src/phases/endpoint-ready.ts';
import {kubeletCredentials} from '../../src/phases/kubelet-credentials.ts';
import {workerEndpoint} from '../../src/phases/worker-endpoint.ts';
import {scopesOf} from './cluster.ts';

const titles = (steps: readonly Step[]) =>
	steps.map((step) => ('title' in step ? step.title : 'path' in step ? step.path : step.kind));
const nodes = [{name: 'cp1'}, {name: 'w1', role: 'worker' as const}];
const endpoint = '  controlPlaneEndpoint: api.test:6443\n';
const conf = (server: string) => ({mode: '0600', owner: 'root:root', size: 9, text: JSON.stringify({server})});

/** A node as a living cluster without an endpoint has left it. */
function living(scope: Scope, server: string): Scope {
	const names = scope.site.role === 'worker' ? ['kubelet'] : ['admin', 'super-admin'];
	const files = Object.fromEntries(names.map((name) => [`/etc/kubernetes/${name}.conf`, conf(server)]));
	const see = (site: Scope['site']) => ({...site, facts: {...site.facts, files: {...site.facts.files, ...files}}});
	return {...scope, site: see(scope.site), sites: scope.sites.map((site) => (site.name === scope.site.name ? see(site) : site))};
}

test('nobody waits where the endpoint is the first control plane itself', (t) => {
	const {cp1, w1} = scopesOf(nodes);
	t.deepEqual([...endpointReady.steps(cp1!), ...workerEndpoint.steps(w1!)], []);
	t.is(moveOf(cp1!), undefined);
});

test('a new cluster waits for its endpoint on every node, and asks the API itself to tell which of them is down', (t) => {
	const {cp1, w1} = scopesOf(nodes, {spec: endpoint});
	for (const steps of [endpointReady.steps(cp1!), workerEndpoint.steps(w1!)]) {
		t.deepEqual(titles(steps), ['the API answers at https://api.test:6443']);
		const [wait] = steps;
		t.is(wait?.kind === 'wait' && wait.diagnose, 'endpoint');
		t.deepEqual(wait?.kind === 'wait' && 'args' in wait.until && wait.until.args, [
			'https://api.test:6443',
			'https://10.0.0.1:6443',
		]);
	}
	t.true(titles(kubeletCredentials.steps(w1!)).includes('/etc/kubernetes/kubelet.conf'));
});

test('the wait says of endpoint and API what they said', (t) => {
	const [wait] = workerEndpoint.steps(scopesOf(nodes, {spec: endpoint}).w1!);
	if (wait?.kind !== 'wait' || !('sh' in wait.until)) return t.fail();
	const {sh, args = []} = wait.until;
	const run = (cases: string) =>
		spawnSync('sh', ['-c', `kubectl() { case $* in ${cases} esac; }\nsleep() { :; }\n${sh}`, 'sh', ...args], {encoding: 'utf8'});
	t.is(run('*api.test*) echo ok ;;').status, 0);
	const down = run('*api.test*) echo refused >&2; return 1 ;; *) echo ok ;;');
	t.is(down.status, 1);
	t.is(down.stdout, 'endpoint https://api.test:6443: refused\napi https://10.0.0.1:6443 answers\n');
	t.regex(run('*) echo EOF >&2; return 1 ;;').stdout, /\napi https:\/\/10\.0\.0\.1:6443: EOF\n$/);
});

test('a living worker is pointed to a new endpoint only when that answers', (t) => {
	const w1 = living(scopesOf(nodes, {spec: endpoint}).w1!, 'https://10.0.0.1:6443');
	t.false(titles(kubeletCredentials.steps(w1)).includes('/etc/kubernetes/kubelet.conf'));
	t.deepEqual(titles(workerEndpoint.steps(w1)), [
		'the API answers at https://api.test:6443',
		'/etc/kubernetes/kubelet.conf',
		'service',
	]);
	t.regex(moveOf(w1) ?? '', /from https:\/\/10\.0\.0\.1:6443 to https:\/\/api\.test:6443.*then w1 use it/);
});

test('on a living control plane kube-proxy is restarted before the kubeconfigs change, which say when it is done', (t) => {
	const {cp1} = scopesOf(nodes, {spec: endpoint});
	t.deepEqual(titles(endpointReady.steps(living(cp1!, 'https://10.0.0.1:6443'))), [
		'the API answers at https://api.test:6443',
		'restart kube-proxy, one node after the other',
		'point /etc/kubernetes/admin.conf at https://api.test:6443',
		'point /etc/kubernetes/super-admin.conf at https://api.test:6443',
	]);
	t.is(endpointReady.steps(living(cp1!, 'https://api.test:6443')).length, 1);
});

test('the way back is a change as well', (t) => {
	const steps = endpointReady.steps(living(scopesOf(nodes).cp1!, 'https://api.test:6443'));
	t.is(titles(steps)[0], 'the API answers at https://10.0.0.1:6443');
	t.is(steps.length, 4);
});

test('a kubeconfig gets its new server, and keeps its credentials, whoever wrote it', (t) => {
	const [file] = endpointReady
		.steps(living(scopesOf(nodes, {spec: endpoint}).cp1!, 'https://10.0.0.1:6443'))
		.flatMap((step) => (step.kind === 'run' && step.title.startsWith('point') ? [step] : []));
	if (file === undefined || !('sh' in file.command) || file.unless === 'never' || !('sh' in file.unless)) return t.fail();
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-conf-'));
	const path = join(folder, 'admin.conf');
	const sh = (script: string) => spawnSync('sh', ['-c', script, 'sh', path, 'https://api.test:6443']).status;
	for (const server of ['https://10.0.0.1:6443', '"https://10.0.0.1:6443"']) {
		const text = (value: string) =>
			`clusters:\n- cluster:\n    server: ${value}\n  name: server\nusers:\n- user: {client-key-data: server}\n`;
		writeFileSync(path, text(server), {mode: 0o640});
		t.is(sh(file.unless.sh), 1);
		t.is(sh(file.command.sh), 0);
		t.is(readFileSync(path, 'utf8'), text('https://api.test:6443'));
		t.is(sh(file.unless.sh), 0);
	}
	t.is(statSync(path).mode & 0o777, 0o640);
	rmSync(folder, {recursive: true});
});

test('kube-proxy is restarted when one of its pods is older than its configuration', (t) => {
	const step = endpointReady
		.steps(living(scopesOf(nodes, {spec: endpoint}).cp1!, 'https://10.0.0.1:6443'))
		.find((one): one is Extract<Step, {kind: 'run'}> => one.kind === 'run');
	if (step === undefined || step.unless === 'never' || !('sh' in step.unless)) return t.fail();
	const {sh} = step.unless;
	const restarted = (changed: string, ...pods: string[]) =>
		spawnSync('sh', [
			'-c',
			`kubectl() { case $* in *configmap*) echo ${changed} ;; *) printf '%s\\n' ${pods.join(' ')} ;; esac; }\n${sh}`,
		]).status === 0;
	t.true(restarted('2026-11-21T00:00:01Z', '2026-11-21T00:00:01Z', '2026-11-21T00:00:09Z'));
	t.false(restarted('2026-11-21T00:00:05Z', '2026-11-21T00:00:09Z', '2026-11-21T00:00:04Z'));
	t.false(restarted('', '2026-11-21T00:00:09Z'));
});
