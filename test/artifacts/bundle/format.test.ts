import {execFileSync} from 'node:child_process';
import {createReadStream, readdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {pid} from 'node:process';
import {buffer} from 'node:stream/consumers';
import test from 'ava';
import {readBundle} from '../../../src/artifacts/bundle/read.ts';
import {openTogether, readPlace, readTogether} from '../../../src/artifacts/bundle/together.ts';
import {writeBundle} from '../../../src/artifacts/bundle/write.ts';
import {ConfigError, StepError} from '../../../src/errors.ts';
import {testFolder} from '../../folder.ts';
import {small, written} from './small.ts';

test('what was written is read, with its contents, its lock and all bytes', async (t) => {
	const made = small();
	const whole = await openTogether([await written(made)]);
	t.deepEqual(whole.lock, made.lock);
	t.deepEqual(whole.contents.artifacts.length, 4);
	for (const [digest, bytes] of made.blobs) {
		const place = whole.place(digest)!;
		t.deepEqual(await buffer(readPlace(place)), bytes);
		t.deepEqual(await buffer(readPlace(place, 3)), bytes.subarray(3));
	}
});

test('the same contents give the same bytes, in whatever order they were found', async (t) => {
	const made = small();
	const {contents} = made;
	const blobs = Object.fromEntries(Object.entries(contents.blobs).reverse());
	const turned = {...made, contents: {...contents, blobs, artifacts: contents.artifacts.toReversed()}};
	t.deepEqual(readFileSync(await written(made)), readFileSync(await written(turned)));
});

test('other tools read it: tar, and sha256sum finds its own list right', async (t) => {
	const file = await written(small());
	const folder = testFolder();
	execFileSync('tar', ['-xf', file, '-C', folder]);
	t.notThrows(() => execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {cwd: folder}));
});

test('1,000 random bytes are flipped one by one, and each is found', async (t) => {
	t.timeout(60_000);
	const file = await written(small());
	const good = readFileSync(file);
	const folder = testFolder();
	const unnoticed: number[] = [];
	for (let turn = 0; turn < 1000; turn++) {
		const wrong = Buffer.from(good);
		const at = Math.floor(Math.random() * good.length);
		wrong[at]! ^= 1 << Math.floor(Math.random() * 8);
		const path = join(folder, 'wrong');
		writeFileSync(path, wrong);
		if ((await readTogether([path])).problems.length === 0) unnoticed.push(at);
	}
	t.deepEqual(unnoticed, []);
});

test('a file that is cut anywhere, or goes on after its end, is none', async (t) => {
	const file = await written(small());
	const good = readFileSync(file);
	for (const length of [0, 1, 511, 512, 513, 5000, good.length - 1024, good.length - 512, good.length - 1]) {
		const path = join(testFolder(), 'cut');
		writeFileSync(path, good);
		truncateSync(path, length);
		const {bundle, problems} = await readBundle(path);
		t.is(bundle, undefined, `${length}`);
		t.regex(problems.join(), /cut|ends|ended/, `${length}`);
	}
	const longer = join(testFolder(), 'longer');
	writeFileSync(longer, Buffer.concat([good, Buffer.alloc(512)]));
	t.deepEqual((await readBundle(longer)).problems, ['512 bytes stand after its end']);
});

test('every blob that is wrong is named, and what is wrong with a file that is no bundle at all', async (t) => {
	const made = small();
	const file = await written(made);
	const wrong = readFileSync(file);
	for (const text of ['the kubelet, which', 'runc, whose']) wrong.write('Z', wrong.indexOf(text));
	writeFileSync(file, wrong);
	const {problems} = await readBundle(file);
	t.is(problems.length, 2, problems.join('\n'));
	const other = join(testFolder(), 'other');
	writeFileSync(other, '<!doctype html>'.padEnd(4096));
	const error = await t.throwsAsync(openTogether([other]), {instanceOf: ConfigError});
	t.regex(error.message, /stands where bundle\.json must be/);
	t.regex((await readBundle(join(testFolder(), 'none'))).problems[0]!, /ENOENT/);
});

test('bytes that are not what their digest says are not written, and no half file stays', async (t) => {
	const {contents, lock, blobs} = small();
	const file = join(testFolder(), 'bundle.tar');
	const open = async function* (digest: string) {
		yield Buffer.from(blobs.get(digest)!).fill(0, 3, 4);
	};
	await t.throwsAsync(writeBundle(file, {contents, lock, open}), {instanceOf: StepError, message: /is not what was fetched/});
	t.throws(() => readFileSync(file), {code: 'ENOENT'});
	t.deepEqual(readdirSync(dirname(file)), []);
});

test('a difference and what it builds on are one; either alone says what is missing', async (t) => {
	const old = small();
	const oldFile = await written(old, 'old.tar');
	const fresh = small();
	const {id} = (await readBundle(oldFile)).bundle!;
	const absent = Object.keys(fresh.contents.blobs).filter((digest) => old.blobs.has(digest));
	t.is(absent.length, 5);
	const file = await written({...fresh, contents: {...fresh.contents, absent, since: id}}, 'new.tar');
	t.true(readFileSync(file).length < readFileSync(oldFile).length);
	for (const files of [
		[file, oldFile],
		[oldFile, file],
	]) {
		const whole = await openTogether(files);
		t.deepEqual(whole.lock, fresh.lock);
		for (const [digest, bytes] of fresh.blobs) t.deepEqual(await buffer(readPlace(whole.place(digest)!)), bytes);
	}
	const alone = await readTogether([file]);
	t.deepEqual(alone.problems, [
		{file, message: `5 blobs are not in it: give the bundle ${id} too, it is a difference to that one`},
	]);
	const stranger = await written(small(), 'stranger.tar');
	t.regex((await readTogether([oldFile, stranger])).problems[0]!.message, /neither of the two is a difference/);
});

test('contents that agree with themselves but not with the lock are refused', async (t) => {
	const made = small();
	const {binaries, images} = made.lock;
	const ref = 'registry.k8s.io/kube-proxy:v1.37.1';
	const key = 'kubelet/v1.37.1/amd64';
	const lock = {
		...made.lock,
		binaries: {...binaries, [key]: {...binaries[key]!, sha256: 'a'.repeat(64)}},
		images: {...images, [ref]: {...images[ref]!, config: `sha256:${'b'.repeat(64)}`}},
	};
	const {problems} = await readTogether([await written({...made, lock})]);
	t.is(problems.length, 2, JSON.stringify(problems));
	t.regex(problems[0]!.message, /^binary kubelet\/v1\.37\.1\/amd64: it is sha256:/);
	t.regex(problems[1]!.message, /^image registry\.k8s\.io\/kube-proxy:v1\.37\.1: its config is/);
});

test('a file of somebody else is left alone, whatever its name', async (t) => {
	const {contents, lock, blobs} = small();
	const open = async function* (digest: string) {
		yield blobs.get(digest)!;
	};
	const file = join(testFolder(), 'bundle.tar');
	const names = ['.part', `.part-${pid}`].map((end) => `${file}${end}`);
	writeFileSync(names[0]!, 'mine');
	await writeBundle(file, {contents, lock, open});
	writeFileSync(names[1]!, 'mine');
	await t.throwsAsync(writeBundle(file, {contents, lock, open}), {instanceOf: StepError, message: /EEXIST/});
	for (const name of names) t.is(readFileSync(name, 'utf8'), 'mine');
});

test('bytes that are gone from the cache are said, not a full disk', async (t) => {
	const {contents, lock} = small();
	const folder = testFolder();
	const open = () => createReadStream(join(folder, 'gone'));
	const error = await t.throwsAsync(writeBundle(join(folder, 'bundle.tar'), {contents, lock, open}), {instanceOf: StepError});
	t.regex(error!.message, /^sha256:[0-9a-f]{64} cannot be read from the cache: ENOENT/);
	t.regex(error!.hint ?? '', /fetched anew/);
	t.deepEqual(readdirSync(folder), []);
});
