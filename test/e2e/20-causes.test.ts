/** Causes of waits that fail, each brought about on a real node: what is said is a golden. A few chosen by seed; all of them with KUBESTRAP_FULL=1. */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {Bench, type Said} from '../causes/bench.ts';
import {golden} from '../causes/golden.ts';
import {rows} from '../causes/rows.ts';

const {KUBESTRAP_FULL, KUBESTRAP_CAUSES, KUBESTRAP_SEED = 'none', UPDATE_GOLDENS} = process.env;
const sample = 6;

const rank = (id: string) => createHash('sha256').update(`${KUBESTRAP_SEED} ${id}`).digest('hex');
const drawn = rows.toSorted((one, other) => (rank(one.id) < rank(other.id) ? -1 : 1)).slice(0, sample);
const asked = KUBESTRAP_CAUSES?.split(',');
const chosen = asked ? rows.filter(({id}) => asked.includes(id)) : KUBESTRAP_FULL ? rows : drawn;

let bench: Bench;
test.before(async (t) => {
	t.timeout(600_000);
	bench = await Bench.open();
});
test.after.always(() => bench?.close());

const told = ({run}: Said) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;

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
		const file = new URL(`../golden/causes/${row.id}.txt`, import.meta.url);
		const lines = golden(said.failure!);
		if (UPDATE_GOLDENS || !existsSync(file)) writeFileSync(file, lines);
		t.is(lines, readFileSync(file, 'utf8'));
	});
}

test.serial('mended, nothing is left of it: every node is Ready', async (t) => {
	t.timeout(120_000);
	const run = await bench.stage.kubestrap(['init', '-c', bench.stage.config(), '--only-phases', 'nodes-ready']);
	t.is(run.code, 0, run.stderr);
});
