import test from 'ava';
import {readCounts, sumUp} from '../../hack/suites.ts';

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
