import {execFileSync, spawnSync} from 'node:child_process';
import test from 'ava';
import {line, quote} from '../../src/steps/quote.ts';

const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(
	([shell]) => spawnSync(shell!, ['-c', ':']).error === undefined,
);

const hostile = [
	'',
	' ',
	"'",
	"''",
	'"',
	'\\',
	"\\'",
	'$(id)',
	'`id`',
	'${IFS}',
	'$0',
	'a b',
	'a\nb',
	'\n',
	'\t',
	';reboot',
	'&',
	'|',
	'>x',
	'*',
	'?',
	'[a]',
	'~',
	'~root',
	'#x',
	'!x',
	'-n',
	'--',
	'a=b',
	'{a,b}',
	'%s',
	'é',
	'日本',
	'\u202e',
	'\x01\x7f',
	'\'"$(touch /x)"\'',
	'\r',
];

/** The same words in every run: a small generator with a seed. */
function* words(seed: number, count: number): Generator<string> {
	const alphabet = ["'", '"', '\\', '$', '`', '(', ')', ' ', '\n', 'a', '=', '*', ';', '-', '~', '#', 'é'];
	let state = seed;
	const next = (below: number) => {
		state = (state * 1103515245 + 12345) % 2147483648;
		return Math.floor((state / 2147483648) * below);
	};
	for (let made = 0; made < count; made += 1)
		yield Array.from({length: next(12)}, () => alphabet[next(alphabet.length)]).join('');
}

for (const [shell, ...args] of shells) {
	test(`every text arrives in ${shell} as it is`, (t) => {
		const all = [...hostile, ...words(7, 400)];
		const script = `printf '%s\\0' ${line(all)}`;
		const said = execFileSync(shell!, [...args, '-c', script])
			.toString()
			.split('\0')
			.slice(0, -1);
		t.deepEqual(said, all);
	});
}

test('NUL is refused, plain words stay readable', (t) => {
	t.throws(() => quote('a\0b'));
	t.is(line(['step', '3', '/etc/x.conf', 'a b']), "step 3 /etc/x.conf 'a b'");
});
