/** Causes of waits that fail, each brought about on a real node: what is said is a golden. A few chosen by seed; all of them with KUBESTRAP_FULL=1. */
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import test from 'ava';
import {shuffled} from '../../hack/suites.ts';
import {Bench, type Said} from '../causes/bench.ts';
import {plant, planted, readAll, unplant} from '../causes/canaries.ts';
import {golden} from '../causes/golden.ts';
import {healingRows} from '../causes/healing-rows.ts';
import {rows} from '../causes/rows.ts';

const {KUBESTRAP_FULL, KUBESTRAP_CAUSES, KUBESTRAP_SEED = 'none', UPDATE_GOLDENS} = process.env;
/** Of those that were seen before: three minutes with all that is around them. */
const sample = 3;
const goldenOf = (id: string) => new URL(`../golden/causes/${id}.txt`, import.meta.url);

/** Those whose golden was not yet compared a second time are not drawn: whoever sees one of them the same again takes it out of here. */
const once =
	'etcd-member etcd-data disk-full cni-missing conntrack proxy-mode worker-flag worker-name worker-certificate manager-flag scheduler-config apiserver-gate image-never endpoint-name endpoint-down endpoint-empty etcd-late'.split(
		' ',
	);
const known = rows.map(({id}) => id).filter((id) => existsSync(goldenOf(id)) && !once.includes(id));
const asked = KUBESTRAP_CAUSES?.split(',');
const isWhole = !asked && KUBESTRAP_FULL === '1';
const drawn = (ids: readonly string[], count: number) => asked ?? shuffled(KUBESTRAP_SEED, ids).slice(0, count);
const ids = drawn(known, sample);
const chosen = isWhole ? rows : rows.filter(({id}) => ids.includes(id));
const healed = drawn(
	healingRows.map(({id}) => id).filter((id) => !once.includes(id)),
	1,
);
const healing = isWhole ? healingRows : healingRows.filter(({id}) => healed.includes(id));

let bench: Bench;
test.before(async (t) => {
	t.timeout(600_000);
	bench = await Bench.open();
});
test.after.always(() => bench?.close());

const told = ({run}: Said) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;

/** An archive as one text. */
const opened = (file: string) => gunzipSync(readFileSync(file)).toString('latin1');

if (!asked || asked.includes('bugreport')) {
	test.serial('a bug report of a cluster full of canaries has none of them, and changes nothing', async (t) => {
		t.timeout(300_000);
		const {stage} = bench;
		const password = readFileSync(stage.lab.passwordFile, 'utf8').trim();
		const printed: string[] = [];
		for (const {name} of stage.lab.nodes) printed.push(await stage.ssh(name, `set -- '${password}'\n${plant}`));
		const secrets = printed
			.join('\n')
			.split('\n')
			.map((line) => line.trim())
			.filter((line) => line.length >= 16 && !/^(?:secret|pod|namespace)\//.test(line));
		t.true(secrets.length > 50);
		const before = await Promise.all(stage.lab.nodes.map(({name}) => stage.still(name)));
		const file = join(stage.folder, 'report.tar.gz');
		const args = ['--sudo-password-file', stage.lab.passwordFile, '--output-file', file];
		const run = await stage.kubestrap(['bugreport', '-c', stage.config(undefined, 'carol'), ...args]);
		t.is(run.code, 0, run.stderr);
		t.deepEqual(await Promise.all(stage.lab.nodes.map(({name}) => stage.still(name))), before);
		t.is(statSync(file).mode & 0o777, 0o600);
		const text = opened(file);
		for (const place of readAll) t.regex(text, place);
		for (const name of ['nodes/cp1/kubectl.txt', 'nodes/w1/logs/kubelet.log', 'nodes/w1/facts.json', 'config.yaml'])
			t.true(text.includes(name), name);
		const found = [...planted, ...secrets, password].filter((secret) => text.includes(secret));
		t.deepEqual(found, []);
		for (const {name} of stage.lab.nodes) await stage.ssh(name, unplant);
	});

	test.serial('a machine that is gone keeps nothing from the others, and is named', async (t) => {
		t.timeout(300_000);
		const {stage} = bench;
		await stage.lab.cut('w1', true);
		const file = join(stage.folder, 'half.tar.gz');
		const run = await stage.kubestrap(['bugreport', '-c', stage.config(), '--output-file', file]);
		await stage.lab.cut('w1', false);
		t.is(run.code, 1, run.stderr);
		t.regex(run.stderr, /^w1: /m);
		const text = opened(file);
		t.regex(text, /Without an answer, or with half of one:\n {2}w1: /);
		t.true(text.includes('nodes/cp1/kubectl.txt'));
	});
}

for (const row of chosen) {
	test.serial(`${row.id}: ${row.how}`, async (t) => {
		t.timeout(300_000);
		const said = await bench.try(row);
		t.is(said.run.code, 5, told(said));
		t.is(said.failure?.causes?.[0], row.expects, told(said));
		t.log(`the wait took ${said.waited} s`);
		if (row.early)
			t.true(
				said.failure?.evidence.some((line) => line.startsWith('gave up')),
				told(said),
			);
		const file = goldenOf(row.id);
		const lines = golden(said.failure!);
		if (UPDATE_GOLDENS || !existsSync(file)) writeFileSync(file, lines);
		t.is(lines, readFileSync(file, 'utf8'));
	});
}

for (const row of healing) {
	test.serial(`heals, and is waited for: ${row.how}`, async (t) => {
		t.timeout(300_000);
		const {run, waited} = await bench.try({...row, expects: '', seconds: 240});
		t.is(run.code, 0, `${run.stderr}\n${JSON.stringify(run.events.at(-1))}`);
		t.log(`the wait took ${waited} s`);
		t.true(waited > 10, 'it was looked at more than once');
	});
}

test.serial('mended, nothing is left of it: every node is Ready', async (t) => {
	t.timeout(120_000);
	const run = await bench.stage.kubestrap(['init', '-c', bench.stage.config(), '--only-phases', 'nodes-ready']);
	t.is(run.code, 0, run.stderr);
});
