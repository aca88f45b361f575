import test from 'ava';
import {disorder, type Line, orderOf} from '../e2e/journals.ts';

const run = (id: string, fence: number): Line => ({event: 'run', run: id, fence, at: 1});
const over = (id: string, fence: number): Line => ({event: 'over', run: id, fence, at: 1});
const step = (event: string, fence: number, at = 0): Line => ({event, fence, unit: 'u', step: at, at: 1});

test('runs one after the other are in order', (t) => {
	const lines = [run('a', 1), step('begin', 1), step('changed', 1), over('a', 1), run('b', 2), step('begin', 2), run('c', 3)];
	t.deepEqual(disorder(lines), []);
	t.deepEqual(orderOf(lines), ['a', 'b', 'c']);
});

const mixed: readonly (readonly [string, readonly Line[], RegExp])[] = [
	['a step of a run after the next began', [run('a', 1), run('b', 2), step('begin', 1)], /fence 2 has the machine/],
	['a step after its run was over', [run('a', 1), over('a', 1), step('begin', 1)], /fence 1 has the machine/],
	['a fence twice', [run('a', 1), over('a', 1), run('b', 1)], /fence 1 after 1/],
	['an end without a beginning', [run('a', 1), step('changed', 1)], /never began/],
	['the end of another run', [run('a', 1), over('b', 1)], /run a has the machine/],
];
for (const [title, lines, what] of mixed) test(`${title} is found`, (t) => t.regex(disorder(lines)[0]!, what));
