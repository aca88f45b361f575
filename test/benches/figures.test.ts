import test from 'ava';
import {breakdown, median, type Sample, spread} from '../../hack/benches/figures.ts';

const took = (amount: number): Sample => ({amount, parts: []});

test('the median is the middle one, or between the two in the middle', (t) => {
	t.is(median([9, 1, 2]), 2);
	t.is(median([4, 1, 3, 100]), 3.5);
	t.is(median([7]), 7);
	t.throws(() => median([]), {instanceOf: RangeError});
});

test('a spread goes from the fastest to the slowest', (t) => {
	t.deepEqual(spread([took(3), took(1), took(2)]), {min: 1, median: 2, max: 3});
});

test('a part has the median of its own seconds, and a run without it counts as none', (t) => {
	const wait = (seconds: number) => ({name: 'wait', seconds});
	const end = (seconds: number) => ({name: 'end', seconds});
	const runs = [[wait(1), end(2)], [wait(5), wait(1)], [wait(2)]];
	t.deepEqual(breakdown(runs), [wait(2), end(0)]);
});
