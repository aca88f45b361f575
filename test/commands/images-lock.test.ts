/** The command with fakes in place of registries and servers: one says what upstream has, and one what the mirror has. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {readLock, writeLock} from '../../src/artifacts/lock.ts';
import {RegistryError} from '../../src/artifacts/registry/failure.ts';
import type {Registry, RegistryOptions} from '../../src/artifacts/registry/registry.ts';
import {type Wire, WireError} from '../../src/artifacts/wire.ts';
import {imagesLock} from '../../src/commands/images-lock.ts';
import {ConfigError} from '../../src/errors.ts';
import type {Lock, Mirror} from '../../src/model.ts';
import {called, clusterText} from './fakes.ts';

const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const config = clusterText.replace(
	'  nodes:',
	'  mirror: {images: {registry.k8s.io: ["http://10.9.0.1:5000/m"]}, insecure: ["10.9.0.1:5000"]}\n  nodes:',
);

/** Every image is `a`, wherever it is asked for; `other` names places that have another one, `silent` hosts that say nothing. */
function fakes({other = /^$/, silent = /^$/} = {}) {
	const opened: RegistryOptions[] = [];
	const wires: Pick<Mirror, 'ca' | 'insecure'>[] = [];
	let closed = 0;
	const close = async () => {
		closed += 1;
	};
	const openRegistry = (options: RegistryOptions = {}): Registry => {
		opened.push(options);
		const describe: Registry['describe'] = async (ref) => {
			const where = ref.split('/')[0]!;
			if (silent.test(where)) throw new RegistryError('silent', {where, ref}, 'the name does not resolve');
			const letter = other.test(ref) ? 'b' : 'a';
			const manifest = {} as Awaited<ReturnType<Registry['manifest']>>;
			return {digest: hash(letter), config: hash(letter), diffIDs: [hash(letter)], layers: [], manifest};
		};
		return {describe, close} as unknown as Registry;
	};
	const openWire = (mirror: Pick<Mirror, 'ca' | 'insecure'>): Wire => {
		wires.push(mirror);
		const body = () =>
			({
				destroy: () => {},
				async *[Symbol.asyncIterator]() {
					yield Buffer.from('c'.repeat(64));
				},
			}) as never;
		const answer = (url: string) => {
			if (silent.test(new URL(url).host)) throw new WireError('the name does not resolve');
			return {status: 200, headers: {'content-length': '7'}, body: body()};
		};
		return {ask: async (url) => answer(url), get: async (url) => answer(url), close};
	};
	return {hands: {openRegistry, openWire}, opened, wires, closed: () => closed};
}
const lockOf = (file: string): Lock => readLock(readFileSync(file, 'utf8'), {file});
const withoutTime = (lock: Lock) => writeLock({...lock, madeAt: ''});

test('a lock is written that init obeys: images of kubeadm and the add-ons, and binaries', async (t) => {
	const {call, cwd, err} = called({words: ['new.lock']}, {config});
	const {hands, opened, wires, closed} = fakes();
	t.is(await imagesLock(call, hands), 0);
	const lock = lockOf(join(cwd, 'new.lock'));
	t.is(Object.keys(lock.images).length, 10);
	t.deepEqual(lock.images['registry.k8s.io/pause:3.10.2']?.from, [
		'10.9.0.1:5000/m/pause:3.10.2',
		'registry.k8s.io/pause:3.10.2',
	]);
	t.deepEqual(lock.binaries['kubelet/v1.37.1/amd64']?.size, 7);
	t.is(lock.madeBy, 'kubestrap 0.0.0');
	t.regex(err(), /IMAGE +10\.9\.0\.1:5000\/m +registry\.k8s\.io\n/);
	t.regex(err(), /wrote new\.lock: 10 images, 7 binaries\n$/);
	// Upstream is spoken to without anything that the config allows for mirrors.
	t.deepEqual(
		opened.map(({insecure, ca}) => ({insecure, ca})),
		[
			{insecure: ['10.9.0.1:5000'], ca: undefined},
			{insecure: undefined, ca: undefined},
		],
	);
	t.deepEqual(wires[1], {insecure: []});
	t.is(closed(), 4);
});

test('a second run gives an equal file, but for its time', async (t) => {
	const {call, cwd} = called({words: ['new.lock']}, {config});
	await imagesLock(call, fakes().hands);
	const first = lockOf(join(cwd, 'new.lock'));
	await imagesLock(call, fakes().hands);
	t.is(withoutTime(lockOf(join(cwd, 'new.lock'))), withoutTime(first));
});

test("content that is not upstream's is refused, named, and nothing is written", async (t) => {
	const {call, cwd, err} = called({words: ['new.lock']}, {config});
	t.is(await imagesLock(call, fakes({other: /m\/etcd/}).hands), 1);
	t.false(existsSync(join(cwd, 'new.lock')));
	t.regex(
		err(),
		/refused: http:\/\/10\.9\.0\.1:5000\/m: registry\.k8s\.io\/etcd:3\.7\.0-0 for linux\/amd64 is not upstream's: config is sha256:bbbb/,
	);
	t.regex(err(), /nothing was written\n$/);
});

test('without upstream only a trusted lock makes one; it says whom it believed', async (t) => {
	const silent = /k8s\.io|ghcr\.io|docker\.io|github\.com/;
	const {call, cwd} = called({words: ['new.lock']}, {config});
	await imagesLock(call, fakes().hands);
	const offline = called({words: ['new.lock'], images: {trust: 'trusted.lock'}}, {config});
	writeFileSync(join(offline.cwd, 'trusted.lock'), readFileSync(join(cwd, 'new.lock')));
	const other = {...offline.call, flags: {...offline.call.flags, images: {}}};
	t.is(await imagesLock(other, fakes({silent}).hands), 1);
	t.regex(offline.err(), /nobody vouches for it/);
	t.is(offline.err().match(/a mirror's word alone makes no lock/g)?.length, 1);
	t.is(await imagesLock(offline.call, fakes({silent}).hands), 0);
	const lock = lockOf(join(offline.cwd, 'new.lock'));
	t.is(lock.madeBy, 'kubestrap 0.0.0, believing trusted.lock');
	t.is(withoutTime({...lock, madeBy: ''}), withoutTime({...lockOf(join(cwd, 'new.lock')), madeBy: ''}));
});

test('only a part is made anew, and the rest stays as the file has it', async (t) => {
	const {call, cwd} = called({words: ['new.lock'], images: {only: ['images']}}, {config});
	const old: Lock = {
		binaries: {'runc/v1.5.2/amd64': {sha256: 'd'.repeat(64), size: 1, from: ['a/b']}},
		images: {},
		packages: {kubernetes: {repository: 'a', fingerprint: 'A'.repeat(40), files: {}}},
		madeBy: 'a test',
		madeAt: '',
	};
	writeFileSync(join(cwd, 'new.lock'), writeLock(old));
	t.is(await imagesLock(call, fakes().hands), 0);
	const lock = lockOf(join(cwd, 'new.lock'));
	t.deepEqual(lock.binaries, old.binaries);
	t.deepEqual(lock.packages, old.packages);
	t.is(Object.keys(lock.images).length, 10);
});

test('the lock goes to stdout where that is asked for, and the report as JSON where a file gets the lock', async (t) => {
	const plain = called({words: ['-']}, {config});
	t.is(await imagesLock(plain.call, fakes().hands), 0);
	t.is(Object.keys(readLock(plain.out(), {file: '-'}).images).length, 10);
	const json = called({words: ['new.lock'], output: 'json'}, {config});
	await imagesLock(json.call, fakes().hands);
	const said = JSON.parse(json.out()) as {images: {state: string}[]; problems: unknown[]};
	t.is(said.images.length, 17);
	t.deepEqual(said.problems, []);
});

test('a version that init does not make, from flags alone, is locked too', async (t) => {
	const {call, cwd} = called({words: ['old.lock'], cluster: {kubernetesVersion: 'v1.23.1', mirror: 'cn'}});
	const {config: _, ...flags} = call.flags;
	t.is(await imagesLock({...call, flags}, fakes().hands), 0);
	const lock = lockOf(join(cwd, 'old.lock'));
	t.is(Object.keys(lock.images).length, 7);
	t.is(
		lock.images['k8s.gcr.io/coredns/coredns:v1.8.6']?.from[0],
		'registry.cn-hangzhou.aliyuncs.com/google_containers/coredns/coredns:v1.8.6',
	);
	t.true('kubelet/v1.23.1/amd64' in lock.binaries);
});

test('all that is wrong with the flags comes at once', async (t) => {
	const {call} = called({words: [], images: {platform: ['linux/mips'], only: ['charts']}});
	const error = await t.throwsAsync(imagesLock(call, fakes().hands), {instanceOf: ConfigError});
	t.is(error?.problems.length, 3);
});
