/** The table of the crash matrix: every step of every verb has its cases, and a program on a node is understood as what the table says. */
import test from 'ava';
import {passed, point, readProgram, rowsIn} from '../../hack/crashes/program.ts';
import {casesOf, idOf, keyOf, moments, rowsOf} from '../../hack/crashes/table.ts';
import {unmet, unmetKinds} from '../../hack/crashes/unmet.ts';
import type {Lock} from '../../src/model.ts';
import {init, join, nodeRemove, reset} from '../../src/recipes.ts';
import {compile} from '../../src/steps/compile.ts';
import {groups, kinds, nameOf} from '../../src/steps/kinds.ts';
import {scenes} from './scenes.ts';

const plans = scenes();
const recipes = {init, join, remove: nodeRemove({seconds: 300, force: false, undrained: []}), reset};
const all = Object.values(plans).flatMap(rowsOf);

test('each phase of init, join, node remove and reset has a step on the machines of the matrix, or is listed with the reason why not', (t) => {
	const met = new Set(all.map(({phase}) => phase));
	const phases = new Set(Object.values(recipes).flatMap((recipe) => recipe.phases.map(({name}) => name)));
	t.deepEqual(
		[...phases].filter((name) => !met.has(name)).sort(),
		Object.keys(unmet).sort(),
		'a phase without cases: give the scenes (hack/crashes) a machine on which it has something to do, or a line in unmet.ts',
	);
});

test('each step has three cases, and none has the id of another', (t) => {
	for (const made of Object.values(plans)) {
		const rows = rowsOf(made);
		const cases = casesOf(made);
		t.true(rows.length > 0);
		t.is(cases.length, rows.length * moments.length);
		t.is(new Set(cases).size, cases.length);
	}
});

const any = <T>(value: T) => new Proxy<Record<string, T>>({}, {get: () => value, has: () => true});
const digest = `sha256:${'1'.repeat(64)}`;
const lock: Lock = {
	binaries: any({sha256: '0'.repeat(64), size: 1, from: ['x']}),
	images: any({platform: 'linux/amd64', digest, config: digest, diffIDs: [], from: []}),
	madeBy: 'a test',
	madeAt: '2026-01-01T00:00:00Z',
};

for (const [verb, made] of Object.entries(plans)) {
	test(`${verb}: the steps of each program are found in the table`, (t) => {
		const rows = rowsOf(made);
		for (const {node, chapters} of [...made.nodes, ...made.closing]) {
			for (const chapter of chapters) {
				const {text, files, steps} = compile(chapter, {lock, urls: () => [], criSocket: 'unix:///run/c.sock'});
				const read = readProgram(text, (name) => files.find((file) => file.name === name)?.content as string);
				const own = rows.filter(({machine}) => machine === (chapter.at ?? node));
				const found = rowsIn(read, own);
				t.deepEqual(
					steps.map((_, index) => found.get(index) && idOf(found.get(index)!)),
					steps.map(({phase, step}) =>
						idOf(rows.find((row) => row.node === node && row.phase === phase && isOf(row.key, step))!),
					),
				);
			}
		}
	});
}

const isOf = (key: string, step: Parameters<typeof nameOf>[0]) => key === keyOf(step.kind, nameOf(step));

test('what a log says is where the program died: before, during, after; groups are one call', (t) => {
	const program = {
		acts: [
			{phase: 0, steps: [{index: 0, key: 'file a'}]},
			{phase: 1, steps: [{index: 1, key: 'image b'}]},
			{
				phase: 2,
				steps: [
					{index: 2, key: 'object c'},
					{index: 3, key: 'object d'},
				],
			},
		],
		background: new Set([1]),
	};
	const rows = new Map(
		['file a', 'image b', 'object c', 'object d'].map((key, index) => [
			index,
			{node: 'n', machine: 'n', phase: 'p', kind: 'file' as const, key},
		]),
	);
	const at = (log: string) => point(program, rows, log);
	t.deepEqual(at(''), ['n/p/file a/before']);
	t.deepEqual(at('@ 0 started 0\n'), ['n/p/file a/during']);
	t.deepEqual(at('@ 0 started 0\n@ 0 changed 3\n'), ['n/p/file a/after', 'n/p/object c/before', 'n/p/object d/before']);
	const front = '@ 0 started 0\n@ 0 changed 3\n@ 1 started 0\n@ 2 started 0\n@ 3 started 0\n@ 2 unchanged 1\n';
	t.deepEqual(at(front), ['n/p/object d/during', 'n/p/image b/during']);
	t.deepEqual(passed(program, rows, front), [
		'n/p/file a/before',
		'n/p/file a/during',
		'n/p/image b/before',
		'n/p/object c/before',
		'n/p/object c/during',
		'n/p/object d/before',
	]);
});

test('every kind of step is killed somewhere, or is of a phase that is listed', (t) => {
	const met = new Set<string>(all.map(({kind}) => kind));
	t.deepEqual(
		[...Object.keys(kinds), ...Object.keys(groups)].filter((kind) => !met.has(kind) && !unmetKinds.includes(kind)),
		[],
	);
});
