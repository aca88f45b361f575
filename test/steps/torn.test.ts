/** A power cut at any byte of what a node keeps: the same program again converges, and the record is whole. */
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;
const full = process.env.KUBESTRAP_FULL === '1';

test.beforeEach((t) => {
	t.context = machine();
	t.context.write(`${home}/fence`, '1\n');
});
test.afterEach.always((t) => t.context.remove());

const home = '/var/lib/kubestrap';
const owned = `${home}/owned.ndjson`;
const journal = `${home}/journal.ndjson`;
const steps: Step[] = [
	{kind: 'file', path: '/srv/was', content: 'new', mode: '0644'},
	{kind: 'dir', path: '/srv/d', mode: '0750'},
	{kind: 'absent', path: '/srv/gone'},
];
const wholeLines = (text: string) => {
	for (const line of text.split('\n').slice(0, -1)) JSON.parse(line);
	return text === '' || text.endsWith('\n');
};

/** As before anything was done, but for what these steps did. */
async function fresh(on: Machine, done: readonly Step[]) {
	await on.sh(`rm -rf /srv/* ${home}/*; echo old >/srv/was; echo x >/srv/gone; echo 1 >${home}/fence`);
	if (done.length > 0) await run(on, one(...done));
}

asRoot('the record of ownership is cut at every byte of the line that was being written', async (t) => {
	t.timeout(600_000);
	const on = t.context;
	await fresh(on, []);
	t.is((await run(on, one(...steps))).code, 0);
	const whole = on.read(owned);
	const lines = whole.split('\n').slice(0, -1);
	t.is(lines.length, steps.length);
	let cases = 0;
	for (const [at, line] of lines.entries()) {
		for (let bytes = 0; bytes <= line.length + 1; bytes += full ? 1 : 9) {
			await fresh(on, steps.slice(0, at));
			const before = at === 0 ? '' : on.read(owned);
			on.write(owned, `${before}${`${line}\n`.slice(0, bytes)}`);
			const again = await run(on, one(...steps));
			t.is(again.code, 0, again.log);
			t.is(on.read(owned), whole, `line ${at}, ${bytes} bytes`);
			cases += 1;
		}
	}
	t.log(`${cases} cuts`);
});

asRoot('the journal is cut at every byte, or ends in zeros: nobody glues onto it', async (t) => {
	t.timeout(600_000);
	const on = t.context;
	await fresh(on, []);
	await run(on, one(...steps));
	const whole = on.read(journal);
	for (let bytes = 0; bytes <= whole.length; bytes += full ? 1 : 41) {
		await fresh(on, []);
		on.write(journal, bytes % 2 === 0 ? whole.slice(0, bytes) : `${whole.slice(0, bytes)}\0\0`);
		const again = await run(on, one(...steps));
		t.is(again.code, 0, again.log);
		const text = on.read(journal);
		t.true(wholeLines(text), text);
		t.is(
			text
				.split('\n')
				.slice(-2 * steps.length - 1, -1)
				.filter((line) => /"event":"(begin|changed)"/.test(line)).length,
			2 * steps.length,
		);
	}
});

asRoot('a line that is torn is not on record: what it was about is recorded before it is changed', async (t) => {
	const on = t.context;
	await fresh(on, []);
	// Another unit is at work there, so nobody mends at the beginning; and what the torn line is about looks recorded.
	const said = await on.sh(`exec 9>>${home}/lock; flock -s 9; sleep 60 >/dev/null 2>&1 & echo $!`);
	t.teardown(() => on.sh(`kill ${said.stdout}`));
	const torn = '{"kind":"file","name":"/srv/was","before":"644 ro';
	on.write(owned, `{"kind":"dir","name":"/a","before":null}\n${torn}`);
	t.is((await run(on, one(...steps))).code, 0);
	const [first, second] = on.read(owned).split('\n');
	t.is(first, '{"kind":"dir","name":"/a","before":null}');
	t.regex(second!, /^\{"kind":"file","name":"\/srv\/was","before":"644 root:root [^"]+"\}$/);
	t.true(wholeLines(on.read(owned)));
});

asRoot('a journal with a hole of zeros in front of a line: the line is found again', async (t) => {
	const on = t.context;
	await fresh(on, []);
	on.write(journal, `{"event":"run","run":"a","at":1}\n${'\0'.repeat(700)}{"event":"over","run":"a","at":2}\n`);
	t.is((await run(on, one(...steps))).code, 0);
	const text = on.read(journal);
	t.true(wholeLines(text) && !text.includes('\0'));
	t.true(text.startsWith('{"event":"run","run":"a","at":1}\n{"event":"over","run":"a","at":2}\n{"unit":'));
});

asRoot('files that were never renamed go, and cluster.json is written when it differs', async (t) => {
	const on = t.context;
	on.write(`${home}/cluster.json.4711`, '{"clust');
	on.write(`${home}/fence.new`, '');
	t.is((await run(on, one(...steps.slice(1, 2)))).code, 0);
	t.false(on.has(`${home}/cluster.json.4711`) || on.has(`${home}/fence.new`));
});

asRoot('a record that cannot be written stops the step before it changes anything, and says why', async (t) => {
	const on = t.context;
	await on.sh(`echo old >/srv/was; mkdir ${owned}`);
	const {code, evidence} = await run(on, one(...steps));
	t.is(code, 1);
	t.regex(evidence.join('\n'), /owned.ndjson cannot be written: is the disk full/);
	t.is(on.read('/srv/was'), 'old\n');
});

asRoot('a line of the record is written by one alone: long ones take several writes', async (t) => {
	const on = t.context;
	on.fake('sync', `flock -n ${home}/owned.lock true && echo alone >>/run/sync; exec /bin/sync "$@"`);
	on.write('/srv/was', 'x'.repeat(50_000));
	t.is((await run(on, one(...steps))).code, 0);
	t.false(on.has('/run/sync'), 'nobody held it');
	t.true(on.has(`${home}/owned.lock`));
	t.true(wholeLines(on.read(owned)));
});

asRoot('another run that takes the node stops the program at its next step', async (t) => {
	const on = t.context;
	const take: Step = {kind: 'run', title: 'other', command: {sh: `echo 2 >${home}/fence`}, unless: 'never'};
	const {code, states, evidence} = await run(on, one(take, ...steps));
	t.is(code, 76);
	t.deepEqual(states, ['other changed']);
	t.regex(evidence.join(), /another run has taken this node over: fence 2, ours was 1/);
	t.false(on.has('/srv/d'));
});
