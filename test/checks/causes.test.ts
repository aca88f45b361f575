import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {readEvidence} from '../../src/checks/causes/evidence.ts';
import {causes, diagnose, evidenceScript, matching} from '../../src/checks/causes.ts';
import {cluster, output, site} from './sample.ts';

const folder = new URL('../fixtures/probes/causes/', import.meta.url);
const fixtures = readdirSync(folder).sort();
const text = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const idOf = (name: string) => name.split('.')[0]!;

for (const name of fixtures) {
	test(`${name}: the cause is told apart from all others`, (t) => {
		for (const key of ['control-plane', 'kubelet', 'anything']) {
			t.is(matching(key, readEvidence(text(name)))[0]?.row.id, idOf(name), key);
		}
		const told = diagnose('control-plane', output(text(name)), cluster(), site());
		t.snapshot(told);
		t.true(told.evidence.length > 0);
	});
}

test('every cause of the catalogue has a fixture', (t) => {
	t.deepEqual([...new Set(causes.map(({id}) => id))].sort(), [...new Set(fixtures.map(idOf))].sort());
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
