import test from 'ava';
import {readOutputs} from '../../src/survey/outputs.ts';

const frames = (out: string) =>
	new Map([
		['codes', Buffer.from('probe 0\n')],
		['out/probe', Buffer.from(out)],
		['err/probe', Buffer.from('')],
	]);

test('a NUL of a machine is no text: what is made of it can be a word of a remedy', (t) => {
	t.is(readOutputs(frames('/a\0b\n'), ['probe']).get('probe')?.stdout, '/a\uFFFDb\n');
});

test('a look that is not in the answer is an error, not a look that saw nothing', (t) => {
	t.throws(() => readOutputs(frames(''), ['other']), {message: 'the answer has no other'});
});
