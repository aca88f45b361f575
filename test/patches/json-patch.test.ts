import test from 'ava';
import {jsonPatch, type Operation} from '../../src/patches/json-patch.ts';

const target = {a: {b: [1, 2, 3], 'c/d~e': 'x'}, list: []};

const rows: readonly (readonly [string, Operation, unknown])[] = [
	['add sets a field', {op: 'add', path: '/a/f', value: 1}, {...target, a: {...target.a, f: 1}}],
	['add makes room in a list', {op: 'add', path: '/a/b/1', value: 9}, {...target, a: {...target.a, b: [1, 9, 2, 3]}}],
	['add behind the last', {op: 'add', path: '/a/b/-', value: 9}, {...target, a: {...target.a, b: [1, 2, 3, 9]}}],
	['add replaces the whole', {op: 'add', path: '', value: 7}, 7],
	['remove takes an item out', {op: 'remove', path: '/a/b/0'}, {...target, a: {...target.a, b: [2, 3]}}],
	['escapes in a path', {op: 'replace', path: '/a/c~1d~0e', value: 'y'}, {...target, a: {...target.a, 'c/d~e': 'y'}}],
	['move', {op: 'move', from: '/a/b', path: '/b'}, {...target, a: {'c/d~e': 'x'}, b: [1, 2, 3]}],
	['copy', {op: 'copy', from: '/a/b/2', path: '/list/0'}, {...target, list: [3]}],
	['test that holds', {op: 'test', path: '/a/b', value: [1, 2, 3]}, target],
];

for (const [title, operation, wanted] of rows) {
	test(title, (t) => {
		const before = structuredClone(target);
		t.deepEqual(jsonPatch(target, [operation]), wanted);
		t.deepEqual(target, before, 'the target itself stays');
	});
}

const refused: readonly (readonly [string, Operation, RegExp])[] = [
	['a place that is not there', {op: 'replace', path: '/a/x', value: 1}, /\/a\/x is not there/],
	['an index beyond the list', {op: 'add', path: '/a/b/9', value: 1}, /no place/],
	['a test that fails', {op: 'test', path: '/a/b/0', value: 2}, /test of \/a\/b\/0 failed/],
	['a path without a slash', {op: 'remove', path: 'a'}, /slash/],
	['an unknown operation', {op: 'constructor', path: '/a'}, /unknown operation/],
	['a move from nowhere', {op: 'move', path: '/a'}, /"from" is missing/],
	['an inherited field', {op: 'remove', path: '/a/__proto__'}, /is not there/],
];

for (const [title, operation, message] of refused) {
	test(`refused: ${title}`, (t) => {
		t.throws(() => jsonPatch(target, [operation]), {message});
	});
}
