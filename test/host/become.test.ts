import {spawnSync} from 'node:child_process';
import test from 'ava';
import {script} from '../../src/host/become.ts';

/** A text that is long enough to be read by a program, and prints itself: `echo` runs when anything of it runs. */
const argv = ['sh', '-c', `echo ran; printf %s "$1" # ${'x'.repeat(4000)}\n`, 'sh', 'ä\\n\n\'"$(id)'];

const run = (alone: boolean, length?: number) => {
	const {words, line, mark} = script({how: 'direct'}, argv, {alone});
	const input = Buffer.from(line);
	const {stdout, status} = spawnSync(words[0]!, ['-c', words[2]!], {input: input.subarray(0, length)});
	return {said: String(stdout).replace(mark, ''), status, size: input.length};
};

test('a long text arrives as it is, whether something comes behind it or not', (t) => {
	for (const alone of [true, false]) t.is(run(alone).said, `ran\n${argv.at(-1)}`);
});

test('a long text that came cut is not run, wherever it was cut', (t) => {
	for (const alone of [true, false]) {
		const {size} = run(alone);
		for (const length of [10, 200, size - 60, size - 2, size - 1]) {
			const {said, status} = run(alone, length);
			t.is(said, '', `${length} of ${size}`);
			t.is(status, 125, `${length} of ${size}`);
		}
	}
});
