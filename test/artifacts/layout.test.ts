import {execFileSync} from 'node:child_process';
import {randomBytes, randomInt} from 'node:crypto';
import {readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {type Header, pack} from 'tar-stream';
import {resolveImage} from '../../src/artifacts/copy-resolve.ts';
import {openKept} from '../../src/artifacts/layout/kept.ts';
import {openLayout} from '../../src/artifacts/layout/open.ts';
import {layoutSize, layoutTar} from '../../src/artifacts/layout/write.ts';
import {type Descriptor, type ImageIndex, type ImageManifest, readManifest} from '../../src/artifacts/registry/manifest.ts';
import {StepError} from '../../src/errors.ts';
import {testFolder} from '../folder.ts';
import {small, written} from './bundle/small.ts';
import {makeImage, makeIndex, type Stock, sha} from './registry/fake.ts';

const names = ['registry.k8s.io/pause:3.10.2', 'docker.io/library/busybox:1.37'] as const;

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** Two images in the cache of a test, one of them for two platforms. */
async function kept() {
	const stock: Stock = new Map();
	const one = makeImage(stock, {sizes: [0, 1000]});
	const index = makeIndex(stock, [makeImage(stock), makeImage(stock, {architecture: 'arm64'})]);
	const store = openKept('a test', testFolder());
	for (const [digest, {bytes, type}] of stock) {
		if (/manifest|index/.test(type)) continue;
		await store.putBlob('x/y:1', {mediaType: type, digest, size: bytes.length}, async function* () {
			yield bytes;
		});
	}
	const manifest = ({digest, mediaType}: Descriptor) => readManifest(stock.get(digest)!.bytes, mediaType);
	const {manifests} = readManifest(stock.get(index.digest)!.bytes).document as ImageIndex;
	for (const inner of manifests) await store.putManifest(`${names[1]}@${inner.digest}`, manifest(inner));
	await store.putManifest(names[0], manifest(one));
	await store.putManifest(names[1], manifest(index));
	const laid = await Promise.all(names.map(async (name) => ({name, resolved: await resolveImage(store, name, 'all')})));
	return {store, laid, one, index, stock};
}

test('what is written is read again, and the same images are the same bytes in any order', async (t) => {
	const {store, laid, one, index, stock} = await kept();
	const open = (name: string, blob: Descriptor) => store.blob(name, blob);
	const tar = await bytesOf(layoutTar(laid, open));
	t.is(tar.length, layoutSize(laid));
	t.deepEqual(await bytesOf(layoutTar(laid.toReversed(), open)), tar);
	const file = join(testFolder(), 'images.tar');
	writeFileSync(file, tar);
	const layout = await openLayout(file);
	t.deepEqual(layout.names.toSorted(), names.toSorted());
	t.is((await layout.manifest(names[0])).digest, one.digest);
	t.is((await layout.manifest(names[1])).digest, index.digest);
	const arm = await layout.manifest(names[1], {platform: 'linux/arm64'});
	const {config} = arm.document as {config: Descriptor};
	t.deepEqual(await bytesOf(layout.blob(names[1], config)), stock.get(config.digest)!.bytes);
});

test('a folder is read like a tar, and refused like one', async (t) => {
	const {store, laid, index} = await kept();
	const [tar, folder] = [join(testFolder(), 'a.tar'), testFolder()];
	writeFileSync(tar, await bytesOf(layoutTar(laid, (name, blob) => store.blob(name, blob))));
	execFileSync('tar', ['-xf', tar, '-C', folder]);
	const layout = await openLayout(folder);
	t.deepEqual(layout.names.toSorted(), names.toSorted());
	t.is((await layout.manifest(names[1])).digest, index.digest);
	const {config} = (await layout.manifest(names[1], {platform: 'linux/amd64'})).document as ImageManifest;
	t.is(sha(await bytesOf(layout.blob(names[1], config))), config.digest);
	const path = join(folder, 'blobs/sha256', config.digest.slice(7));
	const right = readFileSync(path);
	const wrong = Buffer.from(right);
	wrong[3]! ^= 1;
	writeFileSync(path, wrong);
	await t.throwsAsync(bytesOf(layout.blob(names[1], config)), {message: /has been changed since the file was looked at/});
	await t.throwsAsync(openLayout(folder), {instanceOf: StepError, message: /in it has the sha256/});
	rmSync(path);
	symlinkSync('/etc/hostname', path);
	await t.throwsAsync(openLayout(folder), {message: /is no plain file/});
	rmSync(path);
	writeFileSync(join(folder, 'blobs/sha256/evil'), '');
	await t.throwsAsync(openLayout(folder), {message: /which no image layout has/});
	await t.throwsAsync(openLayout(testFolder()), {message: /it holds no oci-layout/});
});

test('a bundle is a layout too', async (t) => {
	const file = await written(small());
	const layout = await openLayout(file);
	t.deepEqual(layout.names.toSorted(), ['registry.k8s.io/kube-proxy:v1.37.1', 'registry.k8s.io/pause:3.10.2']);
	const resolved = await resolveImage(layout, 'registry.k8s.io/kube-proxy:v1.37.1', ['linux/amd64']);
	for (const blob of resolved.blobs)
		t.is(sha(await bytesOf(layout.blob('registry.k8s.io/kube-proxy:v1.37.1', blob))), blob.digest);
});

test('a byte that changed in the cache is found, and what is wrong is dropped', async (t) => {
	const folder = testFolder();
	const store = openKept('a test', folder);
	const bytes = randomBytes(100);
	const blob = {mediaType: 'x', digest: sha(bytes), size: 100};
	await store.putBlob('x/y:1', blob, async function* () {
		yield bytes;
	});
	t.true(await store.hasBlob('x/y:1', blob));
	const path = join(folder, blob.digest.slice(7));
	const wrong = readFileSync(path);
	wrong[50]! ^= 1;
	writeFileSync(path, wrong);
	await t.throwsAsync(bytesOf(store.blob('x/y:1', blob)), {instanceOf: StepError, message: /was not sha256/});
	t.false(await store.hasBlob('x/y:1', blob));
});

type Entry = Partial<Header> & {name: string; bytes?: Buffer | string};

async function tarOf(entries: readonly Entry[]): Promise<string> {
	const tar = pack();
	for (const {bytes = '', ...header} of entries)
		tar.entry(header as Header, bytes.toString() === '' ? '' : Buffer.from(bytes as string));
	tar.finalize();
	const file = join(testFolder(), 'a.tar');
	writeFileSync(file, await bytesOf(tar as AsyncIterable<Buffer>));
	return file;
}

const layoutFile = {name: 'oci-layout', bytes: '{"imageLayoutVersion":"1.0.0"}'};
const emptyIndex = {name: 'index.json', bytes: '{"schemaVersion":2,"manifests":[]}'};
const good = [layoutFile, emptyIndex];
const content = randomBytes(600);
const blobPath = `blobs/sha256/${sha(content).slice(7)}`;
const indexOf = (...manifests: object[]) => ({name: 'index.json', bytes: JSON.stringify({schemaVersion: 2, manifests})});

const hostile: [string, readonly Entry[], RegExp][] = [
	['a way out', [...good, {name: '../../etc/cron.d/x', bytes: 'x'}], /"..\/..\/etc\/cron.d\/x", which no image layout has/],
	['an absolute name', [...good, {name: '/etc/passwd', bytes: 'x'}], /which no image layout has/],
	['a symbolic link', [...good, {name: blobPath, type: 'symlink', linkname: '/etc/shadow'}], /is no plain file/],
	['a hard link', [...good, {name: blobPath, type: 'link', linkname: 'oci-layout'}], /is no plain file/],
	['a device', [...good, {name: blobPath, type: 'character-device'}], /is no plain file/],
	['a pipe', [...good, {name: blobPath, type: 'fifo'}], /is no plain file/],
	['a PAX header', [...good, {name: `blobs/sha256/${'é'.repeat(60)}`, bytes: 'x'}], /is no plain file/],
	['another folder', [...good, {name: 'etc/', type: 'directory'}], /is no plain file/],
	['a name twice', [...good, {name: blobPath, bytes: content}, {name: blobPath, bytes: content}], /twice/],
	['a blob with other bytes', [...good, {name: blobPath, bytes: randomBytes(600)}], /in it has the sha256 [0-9a-f]{64}/],
	['a blob in capitals', [...good, {name: blobPath.toUpperCase(), bytes: content}], /which no image layout has/],
	['no index', [layoutFile], /it holds no index\.json/],
	['no mark of a layout', [emptyIndex], /it holds no oci-layout/],
	[
		'an index of five megabytes',
		[layoutFile, {name: 'index.json', bytes: Buffer.alloc(5 << 20, 32)}],
		/index\.json in it has 5242880 bytes/,
	],
	[
		'an index that names what is not there',
		[layoutFile, indexOf({mediaType: 'x', digest: sha(content), size: 600, annotations: {'io.containerd.image.name': names[0]}})],
		/which is not in it/,
	],
	[
		'an image without its full name',
		[
			layoutFile,
			indexOf({mediaType: 'x', digest: sha(content), size: 600, annotations: {'org.opencontainers.image.ref.name': '3.10'}}),
		],
		/does not say its full name/,
	],
	[
		'a manifest that is none',
		[
			layoutFile,
			{name: blobPath, bytes: content},
			indexOf({mediaType: 'x', digest: sha(content), size: 600, annotations: {'io.containerd.image.name': names[0]}}),
		],
		/is no JSON object/,
	],
];

for (const [name, entries, why] of hostile) {
	test(`a tar with ${name} is refused whole`, async (t) => {
		const error = await t.throwsAsync(openLayout(await tarOf(entries)), {instanceOf: StepError});
		t.regex(error!.message, why);
		t.regex(error!.hint, /nothing of it was used/);
	});
}

async function refused(t: ExecutionContext, bytes: Buffer, why: RegExp) {
	const file = join(testFolder(), 'b.tar');
	writeFileSync(file, bytes);
	await t.throwsAsync(openLayout(file), {instanceOf: StepError, message: why});
}

test('a cut file, a compressed one and one that is something else are told apart', async (t) => {
	const tar = readFileSync(await tarOf([...good, {name: blobPath, bytes: content}]));
	await refused(t, tar.subarray(0, 3000), /is cut/);
	await refused(t, tar.subarray(0, tar.length - 1024), /is cut/);
	await refused(t, gzipSync(tar), /is compressed by gzip: unpack it first/);
	await refused(t, randomBytes(2048), /is broken, or it is no tar/);
	await refused(t, Buffer.alloc(0), /is cut/);
	await t.throwsAsync(openLayout('/nowhere.tar'), {message: /cannot be read \(ENOENT\)/});
});

test('a thousand flipped bytes in what an image is made of are found, each', async (t) => {
	const {store, laid} = await kept();
	const tar = await bytesOf(layoutTar(laid.slice(0, 1), (name, blob) => store.blob(name, blob)));
	const file = join(testFolder(), 'c.tar');
	// Index and mark of a layout have no digest: what they name has.
	const used: number[] = [];
	for (let at = 0; at < tar.length - 1024; ) {
		const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
		if (tar.toString('latin1', at, at + 5) === 'blobs') for (let byte = 0; byte < size; byte++) used.push(at + 512 + byte);
		at += 512 + Math.ceil(size / 512) * 512;
	}
	for (let round = 0; round < 1000; round++) {
		const at = used[randomInt(used.length)]!;
		const bad = Buffer.from(tar);
		bad[at]! ^= 1 << (round % 8);
		writeFileSync(file, bad);
		if (await openLayout(file).catch(() => undefined)) t.fail(`byte ${at}, bit ${round % 8}`);
	}
	t.pass();
});
