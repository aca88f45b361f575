import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {readEvidence} from '../../src/checks/causes/evidence.ts';
import {causes, diagnose, evidenceScript, matching} from '../../src/checks/causes.ts';
import {cluster, output, site} from './sample.ts';

const folder = new URL('../fixtures/probes/causes/', import.meta.url);
const fixtures = readdirSync(folder).sort();
const text = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const idOf = (name: string) => name.split('.')[0]!;

/** What is waited for where the wait is not for the API server. */
const waits: Readonly<Record<string, string>> = {
	'component-refuses': 'controllers',
	conntrack: 'kube-proxy',
	'proxy-config': 'kube-proxy',
	'cni-config': 'nodes',
	'cni-missing': 'nodes',
	'pod-cidr': 'node-registration',
	'node-name': 'node-registration',
	unauthorized: 'node-registration',
	'token-refused': 'bootstrap',
	'endpoint-unreachable': 'node-registration',
	'endpoint-refused': 'node-registration',
};

for (const name of fixtures) {
	test(`${name}: the cause is told apart from all others`, (t) => {
		const wait = waits[idOf(name)] ?? 'control-plane';
		for (const key of [wait, 'kubelet', 'anything']) {
			t.is(matching(key, readEvidence(text(name)))[0]?.row.id, idOf(name), key);
		}
		const told = diagnose(wait, output(text(name)), cluster(), site());
		t.snapshot(told);
		t.true(told.evidence.length > 0);
	});
}

test('every cause of the catalogue has a fixture', (t) => {
	t.deepEqual([...new Set(causes.map(({id}) => id))].sort(), [...new Set(fixtures.map(idOf))].sort());
});

/** What a kubelet and containerd say on any machine whose control plane does not come up yet. */
const beginning = `== containerd
time="2026-11-21T15:38:20Z" level=error msg="failed to load cni during init" error="cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config"
== kubelet
E1121 15:38:42.2  36914 kubelet_node_status.go:108] "Unable to register node with API server" err="Post \\"https://10.213.1.11:6443/api/v1/nodes\\": dial tcp 10.213.1.11:6443: connect: connection refused" node="cp1"
E1121 15:38:42.3  36914 kubelet.go:3117] "Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"
`;
const idsOf = (key: string, evidence: string) => diagnose(key, output(evidence), cluster(), site()).ids;

test('what a wait does without explains it nowhere, whatever else is or is not known', (t) => {
	t.deepEqual(idsOf('control-plane', beginning), []);
	for (const key of ['controllers', 'etcd-learner', 'node-registration', 'kube-proxy'])
		t.false(idsOf(key, beginning).includes('cni-missing'), key);
	t.deepEqual(idsOf('nodes', beginning), ['cni-missing']);
	const refuses = `${beginning}== log kube-apiserver\nE1121 run.go:72] "command failed" err="something that nobody has seen yet"\n`;
	t.deepEqual(idsOf('control-plane', refuses), ['component-refuses']);
	const halfWritten = text('cni-config.txt');
	t.deepEqual([idsOf('control-plane', halfWritten), idsOf('nodes', halfWritten)[0]], [[], 'cni-config']);
	t.deepEqual(idsOf('node-registration', text('pod-cidr.txt')), ['pod-cidr']);
});

test('programs whose turn comes later explain no wait, and are not shown', (t) => {
	const dead = (what: string) => `== log ${what}\n... F Error: unknown flag: --no-such-flag\n`;
	for (const what of ['kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'coredns', 'kube-flannel']) {
		const told = diagnose('control-plane', output(dead(what)), cluster(), site());
		t.deepEqual([told.ids, told.evidence], [[], []], what);
	}
	t.deepEqual(idsOf('controllers', dead('kube-scheduler')), ['component-argument']);
	t.deepEqual(idsOf('kube-proxy', dead('kube-scheduler')), ['component-argument'], 'its pods are given a node by the scheduler');
	t.deepEqual(idsOf('nodes', dead('kube-proxy')), ['component-argument']);
});

/** What the script makes of a journal that is a fake: shell that is asked as journalctl is. */
function readJournal(t: ExecutionContext, fake: string) {
	const folder = mkdtempSync(join(tmpdir(), 'causes-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	writeFileSync(join(folder, 'journalctl'), `#!/bin/sh\n${fake}\n`, {mode: 0o755});
	const env = {PATH: `${folder}:${process.env.PATH}`};
	const {stdout} = spawnSync('sh', ['-c', evidenceScript, 'sh', '30'], {encoding: 'utf8', timeout: 30_000, env});
	return readEvidence(stdout);
}

test('a kubelet that says one thing ten times a second drowns nothing', (t) => {
	const flood = (from: number, to: number) =>
		`seq ${from} ${to} | sed 's/.*/E1121 15:38:44.&   36914 kubelet.go:3596] "Unable to register mirror pod" node="cp1"/'`;
	const once = 'E1121 15:38:43.3   36914 file.go:186] "Could not process manifest file" err="yaml: line 126"';
	const said = `${flood(1000, 1300)}\necho '${once}'\n${flood(1301, 1999)}\necho short\necho other`;
	const kubelet = readJournal(t, `[ "$2" = kubelet ] || exit 0\n${said}`).get('kubelet') ?? [];
	t.deepEqual(
		kubelet.map((line) => line.slice(0, 18)),
		['E1121 15:38:44.130', 'E1121 15:38:43.3  ', 'E1121 15:38:44.199', 'short', 'other'],
	);
});

test('what containerd said before a wait began explains nothing, but for the files of the network', (t) => {
	const mended = 'level=error msg="RunPodSandbox" error="runc: failed to update /proc/self/oom_score_adj: Permission denied"';
	const cni = 'level=error msg="failed to reload cni configuration after receiving fs change event"';
	const fake = `[ "$2" = containerd ] || exit 0\ncase "$*" in *--since=-50s*) echo now ;; *) echo '${mended}'; echo '${cni}'; esac`;
	t.deepEqual(readJournal(t, fake).get('containerd'), [cni, 'now']);
});

test("what to do is said of the balancer's backends, or of the node's own proxy", (t) => {
	const evidence = output(text('endpoint-down.txt'));
	const told = (over: Parameters<typeof cluster>[0]) => diagnose('endpoint', evidence, cluster(over), site());
	t.regex(
		told({}).cause,
		/API servers answer, but the load balancer does not: nothing listens at https:\/\/api\.lab\.example:6443/,
	);
	t.regex(told({}).remedy, /with 10\.0\.0\.1:6443 as backends.*the same command again/);
	t.regex(told({loadBalancer: 'node-proxy'}).remedy, /crictl logs/);
	const both = diagnose('endpoint', output(text('api-down.txt')), cluster(), site());
	t.regex(both.cause, /^the API server itself does not answer at https:\/\/10\.0\.0\.1:6443/);
	t.notRegex(both.cause, /balancer/);
});

test('where nothing is known, it says so and shows the lines that tell the most', (t) => {
	const told = diagnose(
		'kubelet',
		output('== kubelet\nI1121 all fine\nE1121 00:31:05.1 812 x.go:1] "the moon is full"\n'),
		cluster(),
		site(),
	);
	t.is(told.cause, 'no known cause');
	t.deepEqual(told.evidence, ['kubelet: E1121 00:31:05.1 812 x.go:1] "the moon is full"']);
	t.regex(diagnose('kubelet', output(''), cluster(), site()).cause, /gave no evidence/);
});

test('a node that is well names no cause, whatever its logs complain of', (t) => {
	// What the script printed on a node of a living cluster, shortened.
	const evidence = readFileSync(new URL('../fixtures/probes/healthy-worker.txt', import.meta.url), 'utf8');
	for (const key of ['control-plane', 'node-registration', 'anything']) t.deepEqual(matching(key, readEvidence(evidence)), []);
});

test('lines of a hostile node are shown without their tricks, and take no time', (t) => {
	const bad = `== kubelet\nlisten tcp 1.2.3.4:\u001b[2J6443: no space left on device\u202e ${'"'.repeat(20_000)}\n`.repeat(8);
	const begin = performance.now();
	const told = diagnose('kubelet', output(`${bad}__proto__ ${'sandbox '.repeat(20_000)}`), cluster(), site());
	t.true(performance.now() - begin < 2000);
	t.is(told.cause, 'the disk is full');
	t.notRegex(JSON.stringify(told), /\\u001b|\u202e/);
	t.true(told.evidence.every((line) => line.length < 400));
});

test('the script runs in a plain sh, whatever is missing, and begins every section', (t) => {
	const {stdout, status} = spawnSync('sh', ['-c', evidenceScript], {encoding: 'utf8', timeout: 30_000});
	t.is(status, 0);
	for (const section of [
		'units',
		'disk',
		'swaps',
		'clock',
		'ports',
		'cni',
		'runtime',
		'containers',
		'images',
		'containerd',
		'kubelet',
	]) {
		t.true(readEvidence(stdout).has(section), section);
	}
});
