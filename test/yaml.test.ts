import test from 'ava';
import {parseYaml, toYaml} from '../src/yaml.ts';

const read = (text: string) => parseYaml(text, {file: 'a.yaml'});
const values = (text: string) => read(text).documents.map(({value}) => value);

test('values come with their places, keys and scalars as written', (t) => {
	const [document] = read('a:\n  b: 1.30\n  c: [x, y]\n').documents;
	t.deepEqual(document!.value, {a: {b: 1.3, c: ['x', 'y']}});
	t.deepEqual(document!.at(['a', 'c', 1]), {line: 3, column: 10});
	t.deepEqual(document!.at(['a', 'c'], 'key'), {line: 3, column: 3});
	t.deepEqual(document!.at(['a', 'missing', 'deeper']), {line: 2, column: 3});
	t.is(document!.source(['a', 'b']), '1.30');
});

test('empty documents are left out, a byte order mark and CRLF are fine', (t) => {
	t.deepEqual(values(''), []);
	t.deepEqual(values('---\n---\n# only a comment\n---\na: 1\n'), [{a: 1}]);
	t.deepEqual(values('\ufeffa: 1\r\nb:\r\n  - 2\r\n'), [{a: 1, b: [2]}]);
});

const refused: Record<string, [text: string, line: number, message: RegExp]> = {
	'duplicate keys': ['a: 1\nb: 2\na: 3\n', 3, /"a" is there twice, first in line 1/],
	anchors: ['a: &x 1\n', 1, /anchors and aliases \(&x\)/],
	aliases: ['a: 1\nb: *x\n', 2, /anchors and aliases \(\*x\)/],
	tags: ['a: !!binary aGk=\n', 1, /tags/],
	directives: ['%YAML 1.1\n---\na: 1\n', 1, /directives/],
	'prototype keys': ['a:\n  __proto__: {b: 1}\n', 2, /"__proto__" is not allowed/],
	'control characters': ['a: x\u0000y\n', 1, /U\+0000/],
	'escaped control characters': ['a: "\\e[31m"\n', 1, /U\+001B/],
	'marks that turn the reading direction': ['a: x\u202ey\n', 1, /U\+202E/],
	'numbers that lose digits': ['a: 9007199254740993\n', 1, /9007199254740993/],
	'numbers that JSON does not know': ['a: .nan\n', 1, /\.nan/],
	'unclosed quotes': ['a: "x\n', 2, /quote/],
};
for (const [name, [text, line, message]] of Object.entries(refused))
	test(`refused with a place: ${name}`, (t) => {
		const {problems} = read(text);
		t.is(problems[0]?.file, 'a.yaml');
		t.is(problems[0]?.line, line);
		t.regex(problems[0]?.message ?? '', message);
	});

test('nothing is merged into a prototype', (t) => {
	read('__proto__: {polluted: 1}');
	t.is(({} as Record<string, unknown>).polluted, undefined);
	t.deepEqual(values('a: {<<: {b: 1}}'), [{a: {'<<': {b: 1}}}]);
});

const bombs: Record<string, string> = {
	'60,000 anchors': Array.from({length: 60_000}, (_, i) => `a${i}: &x${i} 1`).join('\n'),
	'deep flow lists': '['.repeat(50_000),
	'deep flow maps': '{a: '.repeat(50_000),
	'deep block maps': Array.from({length: 2000}, (_, i) => ' '.repeat(i) + 'a:').join('\n'),
	'deep compact lists': '- '.repeat(50_000),
	'deep explicit keys': '? '.repeat(50_000),
	'values of values': 'a: '.repeat(50_000),
	'many words': `[${'1,'.repeat(500_000)}]`,
	'many documents': '---\na: 1\n'.repeat(100_000),
	'many errors': 'a: ]\n'.repeat(100_000),
	'a huge text': 'a'.repeat(5_000_000),
};
for (const [name, text] of Object.entries(bombs))
	test(`refused in a moment: ${name}`, (t) => {
		const begin = performance.now();
		const {problems} = read(text);
		t.true(problems.length > 0 && problems.length <= 50);
		t.true(performance.now() - begin < 10_000);
	});

test('what is written is read again, and no string turns into something else', (t) => {
	const strings = [
		'no',
		'on',
		'y',
		'~',
		'',
		'null',
		'1.30',
		'1_000',
		'12:30:45',
		'0b11',
		'-0o17',
		'0x1p4',
		'1e3',
		'2024-01-01',
		'=',
		'<<',
	];
	const texts = ['a: b', '# x', '- a', ' lead', 'multi\nline\n', '  lead\nx\n', ' \n', '\n', 'tab\there', 'é', '$(x)', "'", '"'];
	const value = {list: [...strings, ...texts], keys: Object.fromEntries(strings.map((name) => [name, 1]))};
	t.deepEqual(values(toYaml(value)), [value]);
	for (const text of strings) t.regex(toYaml([text]), /^- "/, text);
});

test("the style is kubeadm's: lists under their key, sorted when asked, addresses plain", (t) => {
	const text = toYaml({b: ['10.0.0.1', 'fd00::1'], a: {d: {}, c: 'v1.37.1'}}, {sortMapEntries: true});
	t.is(text, 'a:\n  c: v1.37.1\n  d: {}\nb:\n- 10.0.0.1\n- fd00::1\n');
});

test('a value used twice is written twice', (t) => {
	const shared = {x: 1};
	t.is(toYaml({a: shared, b: shared}), 'a:\n  x: 1\nb:\n  x: 1\n');
});
