import test from 'ava';
import {ConfigError} from '../../src/errors.ts';
import type {Patch} from '../../src/model.ts';
import {mergePatch} from '../../src/patches/merge-patch.ts';
import {patched} from '../../src/patches/patched.ts';

const patch = (type: Patch['type'], text: string, target = 'etcd'): Patch => ({
	target,
	type,
	file: `${target}+${type}.yaml`,
	text,
});

test('patches apply in their order, each document of a file is one, other targets are left alone', (t) => {
	const patches = [
		patch('merge', 'a: 1\n---\nb: 2\n'),
		patch('json', '- {op: replace, path: /a, value: 3}'),
		patch('strategic', 'b: null'),
		patch('merge', 'c: 1', 'kube-scheduler'),
	];
	t.deepEqual(patched('etcd', {}, patches), {a: 3});
});

test('a patch that does not fit names its file, target and reason', (t) => {
	const error = t.throws(() => patched('etcd', {}, [patch('json', '- {op: remove, path: /x}')]), {instanceOf: ConfigError});
	t.deepEqual(error.problems[0]?.file, 'etcd+json.yaml');
	t.regex(error.message, /the json patch does not fit etcd: \/x is not there/);
});

test('a merge patch: null removes, lists are replaced, a scalar gives way to an object', (t) => {
	t.deepEqual(mergePatch({a: 1, b: [1, 2], c: 'x', d: 4}, {a: null, b: [3], c: {e: null, f: 1}}), {b: [3], c: {f: 1}, d: 4});
});
