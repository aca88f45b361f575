import test from 'ava';
import {failuresText} from '../../src/report/failure.ts';
import {fresh, gist} from '../../src/report/gist.ts';
import {paint} from '../../src/report/paint.ts';

test('what wraps a log line is taken off', (t) => {
	t.is(gist('time="2026-11-21T00:53:56Z" level=fatal msg="pulling \\"pause\\": refused"'), 'pulling "pause": refused');
	t.is(gist('E1121 00:53:51.182991     563 remote_image.go:250] "PullImage failed"'), '"PullImage failed"');
	t.is(gist('error: no such host'), 'error: no such host');
});

test('a long line keeps its begin and its end, where the cause is', (t) => {
	const short = gist(`failed to pull ${'x'.repeat(500)}: connection refused`, 60);
	t.is(short.length <= 60, true);
	t.regex(short, /^failed to pull.* … .*connection refused$/);
});

test('evidence that says nothing new is left out', (t) => {
	t.deepEqual(fresh(['a: refused', 'time="x" level=info msg="a: refused"', 'b', 'b and more'], 'a: refused'), ['b and more']);
});

test('one fault seen in many steps is told once, the steps are named', (t) => {
	const failure = (step: string) => ({
		node: 'w1',
		phase: 'images',
		step,
		what: `${step}: refused`,
		evidence: [],
		remedy: 'start the mirror',
	});
	t.deepEqual(failuresText([failure('image a'), failure('image b'), {...failure('x'), phase: 'kubelet'}], paint(false)), [
		'failed: w1: phase images, step image a: image a: refused\n  do:   start the mirror',
		'  also: image b',
		'failed: w1: phase kubelet, step x: x: refused\n  do:   start the mirror',
	]);
});
