import test from 'ava';
import {Listener, readWord, type Word} from '../../src/run/words.ts';

const log = '@ phase 0 started 0\n@ 0 started 0\n~ 0 waited 2 of 9 s\n@ 0 changed 20\n| 3 é ünd\n? 4 512\n@ front 0\n@ end 0\n';

test('a log in pieces of any size is the same log', (t) => {
	const bytes = Buffer.from(`+ began\n${log}< rc 0\n`);
	for (const size of [1, 2, 7, 1000]) {
		const words: Word[] = [];
		const listener = new Listener((word) => words.push(word));
		for (let at = 0; at < bytes.length; at += size) listener.feed(bytes.subarray(at, at + size));
		t.deepEqual(words, [
			{kind: 'began'},
			{kind: 'phase', index: 0, state: 'started', ms: 0},
			{kind: 'step', index: 0, state: 'started', ms: 0},
			{kind: 'says', index: 0, text: 'waited 2 of 9 s'},
			{kind: 'step', index: 0, state: 'changed', ms: 20},
			{kind: 'evidence', index: 3, text: 'é ünd'},
			{kind: 'wants', index: 4, offset: 512},
			{kind: 'front', rc: 0},
			{kind: 'end', rc: 0},
			{kind: 'over', how: 'rc', rc: 0},
		]);
		t.is(listener.offset, Buffer.byteLength(log), 'only the log counts, not what is said around it');
	}
});

test('half a line is read again after a cut', (t) => {
	const words: Word[] = [];
	const listener = new Listener((word) => words.push(word));
	listener.feed(Buffer.from('@ 0 started 0\n@ 0 chan'));
	listener.forget();
	t.is(listener.offset, 14);
	listener.feed(Buffer.from('@ 0 changed 5\n'));
	t.deepEqual(words.at(-1), {kind: 'step', index: 0, state: 'changed', ms: 5});
});

for (const text of ['', '@', '@ 0 done 1', '@ x started 0', 'noise', '@ end', '< what', '@ 0 changed -1', '| no']) {
	test(`is no word: ${JSON.stringify(text)}`, (t) => t.is(readWord(text), undefined));
}

test('a line without an end is not kept: what comes after it is heard as if it had never begun', (t) => {
	const heard: Word[] = [];
	const listener = new Listener((word) => heard.push(word));
	listener.feed(Buffer.alloc(2 * 1024 * 1024, 'x'));
	listener.feed(Buffer.from('@ end 0\n'));
	t.deepEqual(heard, [{kind: 'end', rc: 0}]);
});
