import test from 'ava';
import {lockPath, missingFromLock, readLock, writeLock} from '../../src/artifacts/lock.ts';
import {ConfigError} from '../../src/errors.ts';
import type {Lock} from '../../src/model.ts';

const hex = 'a'.repeat(64);
const hash = `sha256:${hex}`;
const ref = 'registry.k8s.io/pause:3.10.2';
const lock: Lock = {
	binaries: {
		'runc/v1.5.2/amd64': {sha256: hex, size: 5, from: ['opencontainers/runc/releases/download/v1.5.2/runc.amd64']},
		'kubelet/v1.37.1/amd64': {sha256: hex, size: 7, from: ['release/v1.37.1/bin/linux/amd64/kubelet']},
	},
	images: {[ref]: {platform: 'linux/amd64', digest: hash, config: hash, diffIDs: [hash], from: [ref]}},
	madeBy: 'a test',
	madeAt: '2026-11-21T00:00:00Z',
};
const problemsOf = (text: string) => t0(() => readLock(text, {file: 'kubestrap.lock'}));
function t0(run: () => unknown) {
	try {
		run();
	} catch (error) {
		if (error instanceof ConfigError) return error.problems;
		throw error;
	}
	return [];
}

test('what is written is read again, sorted for review', (t) => {
	const text = writeLock(lock);
	t.deepEqual(readLock(text, {file: 'l'}), lock);
	t.true(text.indexOf('kubelet/') < text.indexOf('runc/'));
	t.regex(text, /^binaries:\n {2}kubelet\/v1\.37\.1\/amd64:\n {4}from:\n {4}- release/);
});

test('all problems at once, with places and suggestions', (t) => {
	const problems = problemsOf(
		`binaries:\n  runc/v1.5.2/amd64: {sha256: ABC, size: 0, from: [../x], sise: 1}\n  runc: {sha256: ${hex}, size: 1, from: [a]}\n` +
			`images:\n  "not an image": {}\nmadeBy: me\n`,
	);
	const found = problems.map(({line, message, hint}) => `${line} ${message}${hint ? ` (${hint})` : ''}`);
	t.true(found.includes('2 binaries: runc/v1.5.2/amd64: sise: unknown key (did you mean size?)'));
	t.true(found.includes('2 binaries: runc/v1.5.2/amd64: sha256: must be 64 hex digits'));
	t.true(found.includes('2 binaries: runc/v1.5.2/amd64: size: must be a number of bytes'));
	t.true(found.some((text) => text.startsWith('2 binaries: runc/v1.5.2/amd64: from: must be a list')));
	t.true(found.includes('3 binaries: runc: the key must be NAME/VERSION/ARCH'));
	t.true(found.includes('5 images: not an image: digest: is missing: sha256: and 64 hex digits'));
	t.true(found.includes('1 madeAt: must be a string'));
});

for (const text of ['', '[]', 'a: 1', '---\na: 1\n---\nb: 1\n', 'binaries: {}\nimages: []\nmadeBy: a\nmadeAt: b\n', '{'])
	test(`no lock: ${JSON.stringify(text)}`, (t) => {
		t.true(problemsOf(text).length > 0);
	});

for (const from of ['/../etc/passwd', 'a/../b', 'http://x/y', 'https://u:p@h/x', 'a b', '$(x)', "a'b", 'file:///etc/passwd'])
	test(`a source that is refused: ${from}`, (t) => {
		const entry = {sha256: hex, size: 1, from: [from]};
		t.true(problemsOf(JSON.stringify({...lock, binaries: {'runc/v1.5.2/amd64': entry}})).length > 0);
	});

test('what a cluster needs and the lock has not', (t) => {
	const problems = missingFromLock(
		lock,
		{binaries: ['runc/v1.5.3/amd64', 'kubelet/v1.37.1/amd64'], images: [ref, 'docker.io/library/x:1']},
		'l',
	);
	t.deepEqual(
		problems.map(({message}) => message),
		['the lock has no binary runc/v1.5.3/amd64', 'the lock has no image docker.io/library/x:1'],
	);
	t.is(problems[0]?.hint, 'did you mean runc/v1.5.2/amd64?');
});

test('without a lock the error says how to name one', (t) => {
	t.is(lockPath({lock: '/l'}), '/l');
	const error = t.throws(() => lockPath({}), {instanceOf: ConfigError});
	t.regex(error?.hint ?? '', /spec\.lock.*--lock FILE/);
});
