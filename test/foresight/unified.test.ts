import test from 'ava';
import {unified} from '../../src/foresight/unified.ts';

test('what is the same shows nothing; a new file shows all of it', (t) => {
	t.is(unified('a\nb\n', 'a\nb\n'), '');
	t.is(unified('', ''), '');
	t.is(unified(undefined, 'a\nb\n'), '@@ -0,0 +1,2 @@\n+a\n+b\n');
	t.is(unified('a\n', ''), '@@ -1,1 +0,0 @@\n-a\n');
});

test('three lines around each change; changes that are near share a hunk', (t) => {
	const lines = Array.from({length: 30}, (_, index) => `${index}\n`);
	const other = lines.with(10, 'x\n').with(15, 'y\n').with(28, 'z\n');
	t.is(
		unified(lines.join(''), other.join('')),
		[
			'@@ -8,12 +8,12 @@',
			' 7\n 8\n 9\n-10\n+x\n 11\n 12\n 13\n 14\n-15\n+y\n 16\n 17\n 18',
			'@@ -26,5 +26,5 @@',
			' 25\n 26\n 27\n-28\n+z\n 29',
			'',
		].join('\n'),
	);
});

test('a last line without an end is said', (t) => {
	t.is(unified('a', 'a\n'), '@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n');
});

/** What patch(1) does, for diffs as ours. */
function patched(before: string, diff: string): string {
	const lines = before.split(/(?<=\n)/);
	const result: string[] = [];
	let at = 0;
	for (const hunk of diff.split(/^(?=@@ )/m).filter(Boolean)) {
		const [head = '', ...body] = hunk.replaceAll('\n\\ No newline at end of file', '\0').split(/(?<=\n)/);
		const [, from = '0', length = '0'] = /^@@ -(\d+),(\d+) /.exec(head) ?? [];
		const start = Number(length) === 0 ? Number(from) : Number(from) - 1;
		result.push(...lines.slice(at, start));
		at = start;
		for (const line of body) {
			const text = line.slice(1).replace('\0\n', '');
			if (line[0] !== '+') {
				if (lines[at] !== text) throw new Error(`${JSON.stringify(lines[at])} is not ${JSON.stringify(text)}`);
				at += 1;
			}
			if (line[0] !== '-') result.push(text);
		}
	}
	return [...result, ...lines.slice(at)].join('');
}

test('500 pairs of texts: patched with the diff, the one is the other', (t) => {
	let seed = 7;
	const next = (below: number) => {
		seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
		return Math.floor((seed / 2_147_483_648) * below);
	};
	const text = () => `${Array.from({length: next(25)}, () => 'abcd'[next(4)]).join('\n')}${next(3) === 0 ? '' : '\n'}`;
	for (let pair = 0; pair < 500; pair++) {
		const [before, after] = [text(), text()];
		const diff = unified(before, after);
		t.is(diff === '', before === after);
		t.is(patched(before, diff), after, diff);
	}
});

test('texts that have nothing in common are not searched for long', (t) => {
	const text = (word: string) => Array.from({length: 5000}, (_, index) => `${word}${index}\n`).join('');
	t.is(unified(text('a'), text('b')).split('\n').length, 10_002);
});
