import test from 'ava';
import {Gallery} from '../../src/run/gallery.ts';
import {readWord} from '../../src/run/words.ts';

test('what a machine shows is kept by step and key, in order', (t) => {
	const gallery = new Gallery();
	for (const [key, text] of [
		['is', '644 root:root regular file'],
		['text', 'YQ=='],
		['text', 'Yg=='],
	] as const)
		gallery.take({kind: 'shows', index: 3, key, text});
	t.deepEqual(gallery.of(3), {is: ['644 root:root regular file'], text: ['YQ==', 'Yg==']});
	t.deepEqual(gallery.of(4), {});
});

test('a machine that shows without end is not listened to for ever', (t) => {
	const gallery = new Gallery();
	const text = 'x'.repeat(100_000);
	for (let index = 0; index < 1000; index++)
		for (let line = 0; line < 10; line++) gallery.take({kind: 'shows', index, key: 'text', text});
	const kept = Array.from({length: 1000}, (_, index) => gallery.of(index).text?.join('').length ?? 0);
	t.true(Math.max(...kept) <= 400_000);
	t.true(kept.reduce((sum, length) => sum + length, 0) <= 64_000_000);
});

test('keys are small words and nothing else', (t) => {
	t.deepEqual(readWord('= 7 is 0 1'), {kind: 'shows', index: 7, key: 'is', text: '0 1'});
	for (const line of ['= 7 __proto__ x', '= x is y', '= 7 is', '=7 is x', '= -1 is x']) t.is(readWord(line), undefined, line);
});
