import test from 'ava';
import {plain, plainLine} from '../../src/report/plain.ts';

const harmless = test.macro((t, remote: string, expected: string) => t.is(plain(remote), expected));

test('a colour goes', harmless, '\u001b[31mred\u001b[0m', 'red');
test('a screen wipe goes', harmless, 'a\u001b[2Jb', 'ab');
test('a window title goes, with its text', harmless, 'a\u001b]0;owned\u0007b', 'ab');
test('a title that never ends takes nothing but itself', harmless, 'a\u001b]0;owned', 'a');
test('an 8-bit sequence loses its introducer', harmless, 'a\u009b31mb', 'a31mb');
test('direction marks go', harmless, 'admin\u202egpj.exe\u2066', 'admingpj.exe');
test('a lone carriage return goes, so nothing is overwritten', harmless, 'good\rbad!', 'goodbad!');
test('newlines, tabs and other scripts stay', harmless, 'größe\t节点\r\nzwei', 'größe\t节点\nzwei');

test('a line is one line, and not too long', (t) => {
	t.is(plainLine(' a\n\tb '), 'a b');
	t.is(plainLine('abcdef', 4), 'abc…');
});
