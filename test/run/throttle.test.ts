import test from 'ava';
import {throttle} from '../../src/run/throttle.ts';

test('what is sent takes the time that the rate gives it, over all who send', async (t) => {
	let clock = 0;
	const line = throttle(1000, {
		now: () => clock,
		wait: async (ms) => {
			clock += ms;
		},
	});
	for (let piece = 0; piece < 50; piece++) await line.take(200);
	t.true(clock >= 9600 && clock <= 10_000, `${clock}`);
});

test('small pieces go at once, and time that nobody used is not saved up', async (t) => {
	let clock = 0;
	const waited: number[] = [];
	const line = throttle(1000, {now: () => clock, wait: async (ms) => void waited.push(ms)});
	await line.take(100);
	t.deepEqual(waited, []);
	clock = 1_000_000;
	await line.take(100);
	await line.take(1000);
	await line.take(1);
	t.is(waited.length, 1);
	t.is(Math.round(waited[0]!), 1000);
});

test('without a rate nobody waits', async (t) => {
	await throttle(undefined).take(1e12);
	t.pass();
});
