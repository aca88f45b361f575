import test from 'ava';
import {lockFor, missingFromLock, readLock, writeLock} from '../../src/artifacts/lock.ts';
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

const packages: NonNullable<Lock['packages']> = {
	kubernetes: {
		repository: 'core/stable/v1.37/deb',
		fingerprint: 'AB'.repeat(20),
		files: {
			'kubelet/amd64': {version: '1.37.1-1.1', sha256: hex, size: 9, from: 'amd64/kubelet_1.37.1-1.1_amd64.deb'},
			'cri-tools/amd64': {version: '2:1.37.0~rc1+x-1', sha256: hex, size: 9, from: 'amd64/cri-tools.deb'},
		},
	},
};

test('packages are read and written as the rest, and may be absent', (t) => {
	const text = writeLock({...lock, packages});
	t.deepEqual(readLock(text, {file: 'l'}), {...lock, packages});
	t.true(text.indexOf('cri-tools/') < text.indexOf('kubelet/amd64'));
	t.false('packages' in readLock(writeLock(lock), {file: 'l'}));
});

test('a repository may have colons in its path, as the community has', (t) => {
	const kubernetes = {...packages.kubernetes!, repository: 'core:/stable:/v1.37/deb'};
	t.is(
		readLock(writeLock({...lock, packages: {kubernetes}}), {file: 'l'}).packages?.kubernetes?.repository,
		kubernetes.repository,
	);
});

test('packages are judged down to each file', (t) => {
	const file = {version: 'x y', sha256: hex, size: 1.5, from: '../evil', extra: 1};
	const found = problemsOf(
		JSON.stringify({
			...lock,
			packages: {
				apt: {repository: 'a', fingerprint: 'AB'.repeat(20), files: {}},
				docker: {repository: '/etc', fingerprint: 'ab'.repeat(20), files: {kubelet: file}},
				os: {repository: 'a', fingerprint: 'AB'.repeat(20)},
			},
		}),
	).map(({message}) => message);
	t.deepEqual(found, [
		'packages: apt: the key must be kubernetes, docker or os',
		"packages: docker: repository: must be a path in the publisher's layout, as core/stable/v1.37/deb",
		'packages: docker: fingerprint: must be the fingerprint of a key, 40 hex digits in capitals',
		'packages: docker: files: kubelet: the key must be NAME/ARCH',
		'packages: docker: files: kubelet: extra: unknown key',
		'packages: docker: files: kubelet: version: must be the version of a package',
		'packages: docker: files: kubelet: size: must be a number of bytes',
		'packages: docker: files: kubelet: from: must be a path below the repository',
		'packages: os: files: must be a map',
	]);
});

test('places of an image are references, with a digest where a mirror has another manifest', (t) => {
	const from = [`r.example/google_containers/pause:3.10.2@${hash}`, ref];
	const entry = {...lock.images[ref]!, from};
	t.deepEqual(readLock(writeLock({...lock, images: {[ref]: entry}}), {file: 'l'}).images[ref]?.from, from);
	for (const bad of ['https://r.example/pause', 'r.example/pause@sha256:1', 'a b', 7, null])
		t.true(problemsOf(JSON.stringify({...lock, images: {[ref]: {...entry, from: [bad]}}})).length > 0, String(bad));
});

test('an image may be locked for several platforms; machines obey theirs', (t) => {
	const arm = {digest: `sha256:${'b'.repeat(64)}`, config: hash, diffIDs: [hash], from: [ref]};
	const both: Lock = {...lock, images: {[ref]: {...lock.images[ref]!, platforms: {'linux/arm64': arm}}}};
	t.deepEqual(readLock(writeLock(both), {file: 'l'}), both);
	t.deepEqual(lockFor(both, 'amd64').images, lock.images);
	t.deepEqual(lockFor(both, 'arm64').images, {[ref]: {platform: 'linux/arm64', ...arm}});
	t.deepEqual(lockFor(lock, 'arm64').images, {});
	const wanted = {binaries: [], images: [ref], arch: 'arm64'};
	t.deepEqual(missingFromLock(both, wanted), []);
	t.deepEqual(missingFromLock(lock, wanted)[0]?.message, `the lock has no image ${ref} for linux/arm64`);
	const bad = {
		...both,
		images: {[ref]: {...both.images[ref]!, platforms: {'linux/mips': arm, 'linux/amd64': {...arm, digest: 'x'}}}},
	};
	t.is(problemsOf(JSON.stringify(bad)).length, 2);
});
