import test from 'ava';
import {duration} from '../../src/identity/duration.ts';

for (const [text, seconds] of [
	['8760h0m0s', 31_536_000],
	['87600h', 315_360_000],
	['1h30m', 5400],
	['1.5h', 5400],
	['-5m', -300],
	['250ms', 0.25],
	['0s', 0],
	['0', 0],
] as const) {
	test(text, (t) => t.is(duration(text) / 1000, seconds));
}

for (const text of ['', '1', '1y', 'h', '1h 30m', '--1h']) {
	test(`${JSON.stringify(text)} is none`, (t) => void t.throws(() => duration(text), {instanceOf: RangeError}));
}
