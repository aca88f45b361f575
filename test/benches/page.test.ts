import test from 'ava';
import type {Sample} from '../../hack/benches/figures.ts';
import {lineOf, markdown, table} from '../../hack/benches/page.ts';
import type {Result} from '../../hack/benches/scenario.ts';

const took = (...amounts: number[]): Sample[] => amounts.map((amount) => ({amount, parts: []}));
const measure = {name: 'prepared', row: 'prepared', work: 'init', against: '`kubeadm init`', goal: 0.8};
const result = (over: Partial<Result> = {}): Result => ({measure, ours: took(6, 5, 9), theirs: took(12, 10, 11), ...over});

test('the ratio is that of the medians, and a missed goal is said', (t) => {
	t.like(lineOf(result()), {ours: '6.0 s (5.0 s to 9.0 s)', theirs: '11.0 s (10.0 s to 12.0 s)', ratio: '0.55', goal: '≤ 0.80'});
	t.like(lineOf(result({ours: took(10, 10, 10)})), {ratio: '0.91', goal: '≤ 0.80, missed'});
});

test('a ratio that is shown as the goal has reached it', (t) => {
	t.like(lineOf(result({ours: took(8.04), theirs: took(10)})), {ratio: '0.80', goal: '≤ 0.80'});
});

test('short times are shown in milliseconds', (t) => {
	t.like(lineOf(result({ours: took(0.0421)})), {ours: '42 ms (42 ms to 42 ms)'});
});

test('work without a rival has a figure for its goal', (t) => {
	const alone = {...measure, against: '–', goal: 3};
	t.like(lineOf(result({measure: alone, ours: took(2, 3, 4), theirs: []})), {theirs: '–', ratio: '–', goal: '≤ 3.0 s'});
	t.like(lineOf(result({measure: alone, ours: took(4), theirs: []})), {goal: '≤ 3.0 s, missed'});
});

test('one write in one run is one too many', (t) => {
	const writes = {...measure, against: '–', goal: 0, unit: 'writes'} as const;
	t.like(lineOf(result({measure: writes, ours: took(0, 0, 1), theirs: []})), {
		ours: '0 writes (0 writes to 1 writes)',
		goal: '≤ 0 writes, missed',
	});
	t.like(lineOf(result({measure: writes, ours: took(0, 0), theirs: []})), {goal: '≤ 0 writes'});
});

test('memory is shown in its unit', (t) => {
	const memory = {...measure, goal: 10, unit: 'MiB'} as const;
	t.like(lineOf(result({measure: memory, ours: took(150.4), theirs: took(100)})), {
		ours: '150 MiB (150 MiB to 150 MiB)',
		ratio: '1.50',
	});
});

test('the page has a line per measure, and the parts that are worth one', (t) => {
	const parts = [
		{name: 'wait-control-plane', seconds: 4.5},
		{name: 'etcd', seconds: 0.03},
		{name: 'swap', seconds: 0.03},
	];
	const milestones = [
		{name: 'node Ready', seconds: 12.4},
		{name: 'flannel runs', seconds: 11},
	];
	const page = markdown([result({ours: [{amount: 6, parts, milestones}]})], 'One machine.');
	t.true(page.startsWith('| work | against | kubestrap | other | ratio | goal |\n| --- |'));
	t.true(page.includes('\nOne machine.\n'));
	t.true(
		page.includes(
			'- init, kubestrap: wait-control-plane 4.50 · the rest 0.06\n  - reached after: flannel runs 11 · node Ready 12\n',
		),
	);
	t.false(page.includes('init, other'), 'what has no parts has no line');
});

test('the table for the terminal has its columns under each other', (t) => {
	const [head, line] = table([result()]).split('\n');
	t.is(head!.indexOf('ratio'), line!.indexOf('0.55'));
});
