import {createHash} from 'node:crypto';
import test from 'ava';
import {FrameError, readFrames} from '../../src/survey/frames.ts';

const sum = (text: string) => createHash('sha256').update(text).digest('hex');

function answer(frames: Record<string, string>, nonce = 'abc'): Buffer {
	const entries = Object.entries(frames);
	const sizes = entries.map(([name, text]) => `${Buffer.byteLength(text)} ${name}\n`);
	const sums = entries.map(([name, text]) => `${sum(text)}  ${name}\n`);
	const count = entries.length;
	return Buffer.from(
		[`survey ${nonce} ${count}\n`, ...sizes, ...sums, ...Object.values(frames), `end ${nonce} ${count}\n`].join(''),
	);
}

const sample = {'out/a': 'one\n', 'out/b': '', 'text/1': 'no end of line', 'out/ü': '\u001b[2Jend abc 4\n'};

test('frames come whole, with what a login prints around them left out', (t) => {
	for (const noise of ['', 'Welcome!\nsurvey xyz 3\n']) {
		const frames = readFrames(Buffer.concat([Buffer.from(noise), answer(sample), Buffer.from('bye\n')]), 'abc');
		t.deepEqual(Object.fromEntries([...frames].map(([name, bytes]) => [name, bytes.toString()])), sample);
	}
});

test('cut at any byte, it is no answer', (t) => {
	const whole = answer(sample);
	for (let length = 0; length < whole.length; length += 1) {
		t.throws(() => readFrames(whole.subarray(0, length), 'abc'), {instanceOf: FrameError}, `${length} of ${whole.length} bytes`);
	}
});

test('with any byte changed, or left out, it is no answer', (t) => {
	const whole = answer(sample);
	for (let at = 0; at < whole.length; at += 1) {
		const changed = Buffer.from(whole);
		changed[at] = whole[at]! ^ 1;
		t.throws(() => readFrames(changed, 'abc'), {instanceOf: FrameError}, `byte ${at} changed`);
		t.throws(
			() => readFrames(Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]), 'abc'),
			{instanceOf: FrameError},
			`byte ${at} left out`,
		);
	}
});

test("another survey's answer is none of ours", (t) => {
	t.throws(() => readFrames(answer(sample, 'other'), 'abc'), {instanceOf: FrameError});
});

test('a name twice, a length beyond reason', (t) => {
	const twice = `survey n 2\n0 a\n0 a\n${sum('')}  a\n${sum('')}  a\nend n 2\n`;
	t.throws(() => readFrames(Buffer.from(twice), 'n'), {instanceOf: FrameError});
	t.throws(() => readFrames(Buffer.from(`survey n 1\n99999999999999 a\n${sum('')}  a\nend n 1\n`), 'n'), {
		instanceOf: FrameError,
	});
	t.throws(() => readFrames(Buffer.from('survey n 99999\n'), 'n'), {instanceOf: FrameError});
});
