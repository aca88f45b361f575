import test from 'ava';
import {picked, readCounts, sumUp} from '../../hack/suites.ts';

test('the counts of a suite are what ava says at its end', (t) => {
	t.deepEqual(readCounts('  ✔ 3 tests passed, says a title\n  ─\n\n  29 tests passed\n', 0), {passed: 29, failed: 0, skipped: 0});
	t.deepEqual(readCounts('  ─\n\n  1 test failed\n  2 tests passed\n  4 tests skipped\n', 1), {passed: 2, failed: 1, skipped: 4});
	t.deepEqual(readCounts('  \u001b[32m1 test passed\u001b[39m\n', 0), {passed: 1, failed: 0, skipped: 0});
});

test('a suite that crashes without a failed test is a failure', (t) => {
	t.deepEqual(readCounts('Segmentation fault\n', 139), {passed: 0, failed: 1, skipped: 0});
	t.deepEqual(readCounts('  12 tests passed\n  1 uncaught exception\n', 1), {passed: 12, failed: 1, skipped: 0});
});

test('the last line sums up all suites, and names skips only when there are any', (t) => {
	const good = {passed: 2, failed: 0, skipped: 0};
	t.is(sumUp([good, good]), '4 passed, 0 failed');
	t.is(sumUp([good, {passed: 0, failed: 1, skipped: 3}]), '2 passed, 1 failed, 3 skipped');
});

test('a seed draws the same suites each time, within the time that CI has, and over many seeds all of them', (t) => {
	const minutes = {a: 5, b: 4, c: 3, d: 2};
	const seen = new Set<string>();
	for (let seed = 0; seed < 50; seed += 1) {
		const drawn = picked(String(seed), minutes, 8);
		t.deepEqual(drawn, picked(String(seed), minutes, 8));
		t.true(drawn.reduce((sum, name) => sum + minutes[name as keyof typeof minutes], 0) <= 8);
		for (const name of drawn) seen.add(name);
	}
	t.deepEqual([...seen].sort(), Object.keys(minutes));
});
