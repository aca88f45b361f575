import test from 'ava';
import type {Finding} from '../../src/model.ts';
import {matrixText} from '../../src/report/matrix.ts';
import {paint} from '../../src/report/paint.ts';

const finding = (node: string, id: string, level: Finding['level'] = 'error', evidence = 'it is so'): Finding => ({
	node,
	id,
	level,
	evidence,
	remedy: `mend ${id}`,
});
const checks = ['NumCPU', 'Port-<port>', 'Unreachable-<port>', 'Swap'];
const nodes = ['cp1', 'w1', 'w2'];
const text = (findings: Finding[], names = nodes, all = false) =>
	matrixText({findings, nodes: names, checks}, paint(false), {all});

test('nothing found is one line', (t) => {
	t.is(text([]), '4 checks on 3 nodes: 4 found nothing anywhere\n');
});

test('checks by nodes, errors first below, and what several say in the same words once', (t) => {
	t.is(
		text([
			finding('cp1', 'Swap', 'warning'),
			finding('w2', 'Swap', 'warning'),
			finding('w1', 'Port-10250'),
			finding('w1', 'Foreign'),
		]),
		`4 checks on 3 nodes: 2 found nothing anywhere

            cp1  w1  w2
Port-10250  ·    ✘   ·
Swap        !    ·   !
Foreign     ·    ✘   ·
✘ error   ! warning   · nothing

✘ Port-10250  w1
    it is so
    → mend Port-10250
✘ Foreign  w1
    it is so
    → mend Foreign
! Swap  cp1, w2
    it is so
    → mend Swap
`,
	);
});

test('all checks are shown when they are asked for', (t) => {
	t.regex(text([], nodes, true), /^NumCPU +· +· +·$/m);
});

test('of many nodes those that have something are shown', (t) => {
	const many = Array.from({length: 50}, (_, index) => `n${index}`);
	const page = text([finding('n7', 'NumCPU')], many);
	t.regex(page, /^ +n7\nNumCPU +✘\n49 more nodes: nothing found$/m);
	const bad = text(
		many.map((name) => finding(name, 'NumCPU')),
		many,
	);
	t.notRegex(bad, /^NumCPU +✘ +✘/m);
	t.regex(bad, /^✘ NumCPU {2}n0, n1, n2, n3, n4 and 45 more$/m);
});

test('what a machine says cannot draw on the terminal', (t) => {
	const control = String.fromCharCode(27);
	t.false(text([finding('w1', 'NumCPU', 'error', `a${control}[2Jb`)]).includes(control));
});
