import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Contents} from '../../src/artifacts/bundle/contents.ts';
import {missingFromBundle, needsOf} from '../../src/artifacts/bundle/needs.ts';
import {writeLock} from '../../src/artifacts/lock.ts';
import {load} from '../../src/cluster/load.ts';
import {rateOf} from '../../src/commands/bundle-options.ts';
import {bundleVerify} from '../../src/commands/bundle-verify.ts';
import {init} from '../../src/commands/init.ts';
import {ConfigError} from '../../src/errors.ts';
import type {Lock} from '../../src/model.ts';
import type {Walk} from '../../src/pipeline/walk.ts';
import {small, written} from '../artifacts/bundle/small.ts';
import {called, clusterText, goodSummary} from './fakes.ts';

test('a good bundle is described, with its id; the exit code says so', async (t) => {
	const file = await written(small());
	const {call, out} = called({words: [file], config: undefined as never});
	delete (call.flags as {config?: string}).config;
	t.is(await bundleVerify(call), 0);
	t.regex(out(), /^good: every byte is as it was written\n {2}Kubernetes v1\.37\.1 for linux\/amd64: 2 binaries, 2 images, /);
	t.regex(out(), /\n {2}sha256:[0-9a-f]{64}\n$/);
});

test('every problem is a line, and data where data is asked for', async (t) => {
	const file = await written(small());
	const {call, out} = called({words: [file], output: 'json'}, {config: clusterText.replace('  lock: lab.lock\n', '')});
	// The config of the fakes needs much more than this bundle has.
	t.is(await bundleVerify(call), 1);
	const answer = JSON.parse(out()) as {ok: boolean; id: string; problems: {file: string; message: string}[]; artifacts: object[]};
	t.false(answer.ok);
	t.is(answer.artifacts.length, 4);
	t.true(answer.problems.some(({message}) => message === 'the bundle has no binary containerd/v2.4.2/amd64'));
	t.true(answer.problems.some(({message}) => message === 'the bundle has no image registry.k8s.io/etcd:3.7.0-0 linux/amd64'));
	t.true(answer.problems.every((problem) => problem.file === file));
	t.false(
		answer.problems.some(({message}) => message.includes('pause')),
		'what it has is no problem',
	);
});

test('a lock that says otherwise is heard', async (t) => {
	const made = small();
	const file = await written(made);
	const {call, cwd, out} = called({words: [file]});
	delete (call.flags as {config?: string}).config;
	const {binaries, ...others} = made.lock;
	const key = 'kubelet/v1.37.1/amd64';
	const lock: Lock = {...others, binaries: {[key]: {...binaries[key]!, sha256: 'a'.repeat(64)}}};
	writeFileSync(join(cwd, 'mine.lock'), writeLock(lock));
	t.is(await bundleVerify({...call, flags: {...call.flags, cluster: {lock: 'mine.lock'}}}), 1);
	await t.throwsAsync(bundleVerify({...call, flags: {...call.flags, cluster: {lock: 'none.lock'}}}), {instanceOf: ConfigError});
	t.regex(out(), /bundle\.tar: binary kubelet\/v1\.37\.1\/amd64: it is sha256:/);
	t.regex(out(), /bundle\.tar: binary runc\/v1\.5\.2\/amd64: the lock has none/);
	t.regex(out(), /not good/);
});

test('layers that are not those of the lock are heard, though their number and the config are right', async (t) => {
	const made = small();
	const file = await written(made);
	const {call, cwd, out} = called({words: [file]});
	delete (call.flags as {config?: string}).config;
	const key = 'registry.k8s.io/kube-proxy:v1.37.1';
	const {diffIDs, ...proxy} = made.lock.images[key]!;
	const others = {...proxy, digest: `sha256:${'d'.repeat(64)}`, diffIDs: [diffIDs[0]!, `sha256:${'e'.repeat(64)}`]};
	writeFileSync(join(cwd, 'mine.lock'), writeLock({...made.lock, images: {...made.lock.images, [key]: others}}));
	t.is(await bundleVerify({...call, flags: {...call.flags, cluster: {lock: 'mine.lock'}}}), 1);
	t.regex(
		out(),
		/image registry\.k8s\.io\/kube-proxy:v1\.37\.1: it has other layers than the lock says: layer 2 unpacks to sha256:/,
	);
	t.notRegex(out(), /image registry\.k8s\.io\/pause/);
});

const walked = () => {
	const walks: {lock: Lock; walk: Walk}[] = [];
	const converge = async (_cluster: unknown, lock: Lock, walk: Walk) => {
		walks.push({lock, walk});
		return {summary: goodSummary, sites: []};
	};
	return {walks, doors: {converge: converge as never}};
};

test('init --bundle walks with the bundle, its lock where the config names none, and a rate', async (t) => {
	const made = small();
	const file = await written(made);
	const {call, err} = called({bundle: {bundle: [file], rate: '2M'}}, {config: clusterText.replace('  lock: lab.lock\n', '')});
	const {walks, doors} = walked();
	t.is(await init(call, doors), 0, err());
	t.deepEqual(walks[0]!.lock, made.lock);
	t.is(walks[0]!.walk.bundle?.rate, 2_000_000);
	t.regex(err(), /the bundle is whole: sha256:/);
});

test('the lock of the config holds, and a bundle that does not obey it is refused', async (t) => {
	const made = small();
	const file = await written(made);
	const {walks, doors} = walked();
	const obeying = called({bundle: {bundle: [file]}});
	t.is(await init(obeying.call, doors), 0);
	t.deepEqual(walks[0]!.lock.binaries, {}, 'what the lock lacks is for the pipeline to say');
	const {call, cwd, err} = called({bundle: {bundle: [file]}});
	const key = 'kubelet/v1.37.1/amd64';
	const lock = {...made.lock, binaries: {[key]: {...made.lock.binaries[key]!, sha256: 'b'.repeat(64)}}};
	writeFileSync(join(cwd, 'lab.lock'), writeLock(lock));
	t.is(await init(call, doors), 2);
	t.regex(err(), /the bundle does not obey the lock: binary kubelet\/v1\.37\.1\/amd64: it is sha256:/);
	t.is(walks.length, 1);
});

test('a bundle that is not whole, or a rate without a bundle, changes nothing', async (t) => {
	const {walks, doors} = walked();
	const {call, cwd, err} = called({bundle: {bundle: ['half.tar']}});
	writeFileSync(join(cwd, 'half.tar'), 'half');
	t.is(await init(call, doors), 2);
	t.regex(err(), /half\.tar: the file is cut/);
	const rate = called({bundle: {rate: '20M'}});
	t.is(await init(rate.call, doors), 2);
	t.regex(rate.err(), /--rate is for what is installed from a bundle/);
	t.is(walks.length, 0);
});

test('rates', (t) => {
	t.deepEqual(['500k', '20M', '1.5G', '4000', '20MB/s'].map(rateOf), [500_000, 20_000_000, 1_500_000_000, 4000, 20_000_000]);
	for (const wrong of ['', '20', '-1M', '20m', 'fast', '1e9', 'Infinity', '0.1'])
		t.throws(() => rateOf(wrong), {instanceOf: ConfigError}, wrong);
});

test('machines of another kind need their own binaries and images', (t) => {
	const cluster = load(clusterText.replace('  lock: lab.lock\n', ''), {file: 'cluster.yaml'});
	const {contents} = small();
	const both = needsOf(cluster, ['linux/amd64', 'linux/arm64']);
	const alone = needsOf(cluster, ['linux/amd64']);
	t.is(both.binaries.length, 2 * alone.binaries.length);
	t.is(both.images.length, 2 * alone.images.length);
	const missing = missingFromBundle(contents as Contents, both).map(({message}) => message);
	t.true(missing.includes('the bundle has no binary kubelet/v1.37.1/arm64'));
	t.true(missing.includes('the bundle has no image registry.k8s.io/pause:3.10.2 linux/arm64'));
	t.false(missing.includes('the bundle has no binary kubelet/v1.37.1/amd64'));
});
