/** What the crash matrix draws: the same by the same word, from everywhere, and no more than there is time for. */
import test from 'ava';
import {affordable, drawn} from '../../hack/crashes/draw.ts';

const all = Array.from({length: 100}, (_, index) => `case ${index}`);

test('a word draws the same cases in their order, another word others; what was met is not drawn again', (t) => {
	const options = {seed: 'one', share: 0.1, done: new Set<string>()};
	const first = drawn(all, options);
	t.is(first.length, 10);
	t.deepEqual(first, drawn(all, options));
	t.deepEqual(
		first,
		[...first].sort((one, other) => all.indexOf(one) - all.indexOf(other)),
	);
	t.notDeepEqual(first, drawn(all, {...options, seed: 'two'}));
	t.deepEqual(drawn(all, {...options, done: new Set(first.slice(1))}), first.slice(0, 1));
});

test('a slow machine meets fewer cases, and those of the end as well as those of the beginning', (t) => {
	const left = new Set(all);
	const time = {seed: 'one', began: 0, now: 20_000, until: 60_000, each: 2};
	t.deepEqual(affordable(left, {...time, runs: 0}), left);
	// Two runs took ten seconds each: there is time for four more, which meet two each.
	const few = [...affordable(left, {...time, runs: 2})];
	t.is(few.length, 8);
	t.true(few.some((one) => all.indexOf(one) > 50));
	t.deepEqual(
		few,
		[...few].sort((one, other) => all.indexOf(one) - all.indexOf(other)),
	);
	t.is(affordable(left, {...time, runs: 1, until: 1}).size, 1);
	t.deepEqual(affordable(left, {...time, runs: 2, until: Number.POSITIVE_INFINITY}), left);
});
