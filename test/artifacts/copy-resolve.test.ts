import {randomBytes} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import test from 'ava';
import {type Platforms, resolveImage} from '../../src/artifacts/copy-resolve.ts';
import {type Descriptor, type ImageManifest, mediaTypes, readManifest} from '../../src/artifacts/registry/manifest.ts';
import type {ImageSource} from '../../src/artifacts/registry/source.ts';
import {makeImage, makeIndex, type Stock, sha} from './registry/fake.ts';

const ref = 'mirror.example/pause:3.10.2';

/** A source that has one image under every name, and counts what is read of it. */
function sourceOf(stock: Stock, top: Descriptor) {
	const read: string[] = [];
	const source: ImageSource = {
		manifest: async (name) => readManifest(stock.get(/@(.*)$/.exec(name)?.[1] ?? top.digest)!.bytes),
		blob: async function* (_, {digest}) {
			read.push(digest);
			yield stock.get(digest)!.bytes;
		},
	};
	return {source, read};
}

function lockOf(stock: Stock, {digest}: Descriptor) {
	const {config} = readManifest(stock.get(digest)!.bytes).document as ImageManifest;
	const {rootfs} = JSON.parse(stock.get(config.digest)!.bytes.toString()) as {rootfs: {diff_ids: string[]}};
	return {digest, config: config.digest, diffIDs: rootfs.diff_ids, from: [ref]};
}

/** The same image packed anew, as copies by hand are; or with other layers around the config of upstream. */
function rewritten(stock: Stock, image: Descriptor, contents?: Buffer): Descriptor {
	const {config, layers} = readManifest(stock.get(image.digest)!.bytes).document as ImageManifest;
	const packed = layers.map(({digest}) => {
		const bytes = gzipSync(contents ?? stock.get(digest)!.bytes);
		const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
		stock.set(sha(bytes), {bytes, type: mediaType});
		return {mediaType, digest: sha(bytes), size: bytes.length};
	});
	const bytes = Buffer.from(JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: packed}));
	stock.set(sha(bytes), {bytes, type: mediaTypes.manifest});
	return {mediaType: mediaTypes.manifest, digest: sha(bytes), size: bytes.length};
}

const amd64: Platforms = ['linux/amd64'];

test("a place that packed the layers anew is believed only when they unpack to upstream's", async (t) => {
	const stock: Stock = new Map();
	const image = makeImage(stock);
	const locked = {platform: 'linux/amd64', ...lockOf(stock, image)};
	const copy = rewritten(stock, image);
	t.is((await resolveImage(sourceOf(stock, copy).source, ref, amd64, {locked})).top.digest, copy.digest);
	const evil = rewritten(stock, image, randomBytes(3000));
	for (const platforms of [amd64, 'all'] as const)
		await t.throwsAsync(resolveImage(sourceOf(stock, evil).source, ref, platforms, {locked}), {
			message: /is not the image of the lock: layer 1 unpacks to sha256:[0-9a-f]{64}, the lock says/,
		});
});

test('layers that the lock vouches for, or that the target has already, are not read for that', async (t) => {
	const stock: Stock = new Map();
	const image = makeImage(stock);
	const locked = {platform: 'linux/amd64', ...lockOf(stock, image)};
	const copy = rewritten(stock, image);
	const vouched = sourceOf(stock, copy);
	await resolveImage(vouched.source, ref, amd64, {locked: {...locked, from: [`${ref}@${copy.digest}`]}});
	t.deepEqual(vouched.read, [locked.config]);
	const copied = sourceOf(stock, copy);
	await resolveImage(copied.source, ref, amd64, {locked, present: Promise.resolve(copy.digest)});
	t.deepEqual(copied.read, [locked.config]);
});

test('without a lock, an image that the target has already is for a platform only when its config says so', async (t) => {
	const stock: Stock = new Map();
	const image = makeImage(stock);
	const present = Promise.resolve(image.digest);
	const {source} = sourceOf(stock, image);
	t.is((await resolveImage(source, ref, amd64, {present})).top.digest, image.digest);
	await t.throwsAsync(resolveImage(source, ref, ['linux/arm64'], {present}), {message: /not for linux\/arm64/});
});

test('all that a place has: not every platform of the lock need be there, but one must', async (t) => {
	const stock: Stock = new Map();
	const [amd, arm, other] = [
		makeImage(stock),
		makeImage(stock, {architecture: 'arm64'}),
		makeImage(stock, {architecture: 's390x'}),
	];
	const locked = {platform: 'linux/amd64', ...lockOf(stock, amd), platforms: {'linux/arm64': lockOf(stock, arm)}};
	for (const one of [amd, arm, makeIndex(stock, [arm]), makeIndex(stock, [amd, arm, other])])
		t.is((await resolveImage(sourceOf(stock, one).source, ref, 'all', {locked})).top.digest, one.digest);
	for (const one of [other, makeIndex(stock, [other])])
		await t.throwsAsync(resolveImage(sourceOf(stock, one).source, ref, 'all', {locked}), {message: /linux\/amd64/});
	await t.throwsAsync(resolveImage(sourceOf(stock, amd).source, ref, ['linux/amd64', 'linux/arm64'], {locked}), {
		message: /not for linux\/arm64/,
	});
});

test('what an index says of its platforms reaches a terminal as plain words', async (t) => {
	const stock: Stock = new Map();
	const odd = {...makeImage(stock), platform: {os: 'li\u001b[2Jnux', architecture: '\u202eb'}};
	const index = makeIndex(stock, [odd, {...makeImage(stock), platform: null as unknown as {os: string; architecture: string}}]);
	const error = await t.throwsAsync(resolveImage(sourceOf(stock, index).source, ref, amd64));
	t.is(error?.message, `${ref}: has no image for linux/amd64, but for li nux/ b`);
});
