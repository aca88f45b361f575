import test from 'ava';
import {parseDuration, showDuration} from '../../src/cluster/duration.ts';

const known: Record<string, [seconds: number, shown: string]> = {
	'0': [0, '0s'],
	'0s': [0, '0s'],
	'8760h': [31_536_000, '8760h0m0s'],
	'4m': [240, '4m0s'],
	'1h30m5s': [5405, '1h30m5s'],
	'1.5h': [5400, '1h30m0s'],
	'90s': [90, '1m30s'],
	'1500ms': [1.5, '1.5s'],
};
for (const [text, [seconds, shown]] of Object.entries(known))
	test(`${text} is ${seconds} seconds, shown as ${shown}`, (t) => {
		t.is(parseDuration(text), seconds);
		t.is(showDuration(seconds), shown);
	});

for (const text of ['', '1', '-1h', '1y', '1 h', 'h', '1h-1m', '1d', '1e3s', '١h'])
	test(`no duration: ${JSON.stringify(text)}`, (t) => {
		t.is(parseDuration(text), undefined);
	});
