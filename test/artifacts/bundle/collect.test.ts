import {createHash} from 'node:crypto';
import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import test from 'ava';
import {type Collecting, collect} from '../../../src/artifacts/bundle/collect.ts';
import {blobsOf} from '../../../src/artifacts/bundle/contents.ts';
import type {ImageReader} from '../../../src/artifacts/bundle/find-image.ts';
import {readTogether} from '../../../src/artifacts/bundle/together.ts';
import {writeBundle} from '../../../src/artifacts/bundle/write.ts';
import {StepError} from '../../../src/errors.ts';
import type {Lock} from '../../../src/model.ts';
import {testFolder} from '../../folder.ts';
import {type Small, small} from './small.ts';

const pause = 'registry.k8s.io/pause:3.10.2';
const proxy = 'registry.k8s.io/kube-proxy:v1.37.1';

/** A fake: images of a small bundle, under the names that it is told; it counts what is read. */
function reader(made: Small, named: (ref: string) => string | undefined = (ref) => ref) {
	const read: string[] = [];
	const images: ImageReader = {
		async describe(from) {
			const ref = named(from);
			const image = made.contents.artifacts.find((artifact) => artifact.kind === 'image' && artifact.ref === ref);
			if (image?.kind !== 'image') throw new Error(`${from} is not here`);
			const bytes = made.blobs.get(image.manifest)!;
			return {config: image.config, diffIDs: image.layers, manifest: {digest: image.manifest, mediaType: image.mediaType, bytes}};
		},
		async *blob(_ref, {digest}) {
			read.push(digest);
			const bytes = made.blobs.get(digest)!;
			yield bytes.subarray(0, 10);
			yield bytes.subarray(10);
		},
	};
	return {images, read};
}

const mirrorOf = async (t: {teardown(end: () => void): void}, made: Small) => {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(request.url!);
		const key = request.url!.replace('/release/', '');
		const artifact = made.contents.artifacts.find((each) => each.kind === 'binary' && each.key === key);
		response.end(made.blobs.get(artifact?.kind === 'binary' ? artifact.digest : ''));
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	t.teardown(() => server.close());
	const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {mirror: {images: {}, binaries: `http://${host}`, insecure: [host]}, asked};
};

const needs = {
	binaries: ['kubelet/v1.37.1/amd64', 'runc/v1.5.2/amd64'],
	images: [pause, proxy].map((ref) => ({ref, platform: 'linux/amd64'})),
	packages: [],
};

const collecting = (made: Small, more: Pick<Collecting, 'mirror' | 'images'> & Partial<Collecting>): Collecting => ({
	lock: made.lock,
	needs,
	had: new Set(),
	tell: () => {},
	folder: testFolder(),
	...more,
});

test('binaries and images come into the cache once, and a second run fetches nothing', async (t) => {
	const made = small();
	const {images, read} = reader(made);
	const {mirror, asked} = await mirrorOf(t, made);
	const given = collecting(made, {mirror, images});
	const {artifacts, blobs, open} = await collect(given);
	t.deepEqual(artifacts.flatMap(blobsOf).toSorted(), made.contents.artifacts.flatMap(blobsOf).toSorted());
	t.deepEqual(blobs, made.contents.blobs);
	for (const [digest, bytes] of made.blobs) t.deepEqual(await buffer(open(digest)), bytes);
	t.is(read.length, new Set(read).size, 'the shared layer is read once');
	t.is(read.length, 4);
	t.is(readdirSync(given.folder!).length, 8);
	const file = join(testFolder(), 'bundle.tar');
	await writeBundle(file, {contents: {...made.contents, artifacts, blobs}, lock: made.lock, open});
	t.deepEqual((await readTogether([file])).problems, []);
	await collect(given);
	t.is(read.length, 4);
	t.is(asked.length, 2);
});

test('what an earlier bundle has is not fetched', async (t) => {
	const made = small();
	const {images, read} = reader(made);
	const {mirror} = await mirrorOf(t, made);
	const had = new Set(
		[...made.blobs.keys()].filter(
			(digest) =>
				!made.contents.artifacts.some((one) => one.kind === 'image' && one.ref === proxy && blobsOf(one).includes(digest)),
		),
	);
	const {blobs} = await collect(collecting(made, {mirror, images, had}));
	t.deepEqual(blobs, made.contents.blobs);
	t.is(read.length, 3);
});

test('an image comes from the next place when one lacks it or has another image under its name', async (t) => {
	const made = small();
	const {mirror} = await mirrorOf(t, made);
	const places: Record<string, string> = {
		'a.example/pause:3.10.2': proxy,
		'b.example/pause:3.10.2': pause,
		'b.example/kube-proxy:v1.37.1': proxy,
	};
	const {images} = reader(made, (ref) => places[ref]);
	const given = collecting(made, {
		mirror: {...mirror, images: {'registry.k8s.io': ['https://a.example', 'https://b.example']}},
		images,
	});
	t.is((await collect(given)).artifacts.length, 4);
});

test('what no place has is said with every place, all at once; what came is kept', async (t) => {
	const made = small();
	const {mirror} = await mirrorOf(t, made);
	const {images} = reader(made, (ref) => (ref === proxy ? pause : undefined));
	const given = collecting(made, {mirror, images});
	const error = await t.throwsAsync(collect(given), {instanceOf: StepError});
	t.regex(error.message, /image registry\.k8s\.io\/pause:3\.10\.2: no place has it as the lock wants it\n {2}.*is not here/);
	t.regex(error.message, /kube-proxy:v1\.37\.1: it has another image: its config is sha256:/);
	t.is(readdirSync(given.folder!).length, 2, 'the binaries');
});

test('a blob that comes with wrong bytes is not kept; a wrong one in the cache is dropped', async (t) => {
	const made = small();
	const {mirror} = await mirrorOf(t, made);
	const {images} = reader(made);
	const folder = testFolder();
	const [layer] = made.contents.artifacts.flatMap((one) => (one.kind === 'image' ? one.layers : []));
	const path = join(folder, layer!.replace('sha256:', ''));
	const lying: ImageReader = {
		...images,
		async *blob() {
			yield Buffer.from('something else');
		},
	};
	await t.throwsAsync(collect(collecting(made, {mirror, images: lying, folder})), {message: /came as 14 bytes with sha256/});
	t.false(existsSync(path));
	writeFileSync(path, 'wrong');
	const {open} = await collect(collecting(made, {mirror, images, folder}));
	t.is(
		`sha256:${createHash('sha256')
			.update(await buffer(open(layer!)))
			.digest('hex')}`,
		layer!,
	);
});

test("layers beside upstream's config are looked into when the lock does not know the manifest", async (t) => {
	const made = small();
	const {mirror} = await mirrorOf(t, made);
	const {images} = reader(made);
	const other = Buffer.from('other layers');
	const digest = `sha256:${createHash('sha256').update(other).digest('hex')}`;
	const lying: ImageReader = {
		async describe(ref, platform) {
			const honest = await images.describe(ref, platform);
			if (ref !== pause) return honest;
			const said = JSON.parse(Buffer.from(honest.manifest.bytes).toString()) as {layers: object[]};
			const layers = said.layers.map((layer) => ({...layer, digest, size: other.length}));
			const bytes = Buffer.from(JSON.stringify({...said, layers}));
			const mine = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
			return {...honest, manifest: {...honest.manifest, digest: mine, bytes}};
		},
		async *blob(ref, piece) {
			if (piece.digest === digest) yield other;
			else yield* images.blob(ref, piece);
		},
	};
	const error = await t.throwsAsync(collect(collecting(made, {mirror, images: lying})), {instanceOf: StepError});
	t.regex(error.message, /pause:3\.10\.2 has is not the image of the lock: layer 1 unpacks to .*, the lock says/);
});

test('for several platforms one reference has an index over them', async (t) => {
	const [amd, arm] = [small(), small()];
	const {mirror} = await mirrorOf(t, amd);
	const of = (platform: string) => (platform === 'linux/arm64' ? reader(arm) : reader(amd)).images;
	const images: ImageReader = {
		describe: (ref, platform) => of(platform).describe(ref, platform),
		blob: (ref, piece) => (amd.blobs.has(piece.digest) ? reader(amd) : reader(arm)).images.blob(ref, piece),
	};
	const {platform: _, ...other} = arm.lock.images[proxy]!;
	const lock: Lock = {
		...amd.lock,
		images: {[proxy]: {...amd.lock.images[proxy]!, platforms: {'linux/arm64': other}}},
		binaries: {},
	};
	const both = ['linux/amd64', 'linux/arm64'].map((platform) => ({ref: proxy, platform}));
	const {artifacts, blobs, open} = await collect(
		collecting(amd, {lock, mirror, images, needs: {binaries: [], images: both, packages: []}}),
	);
	const [one, two] = artifacts.flatMap((artifact) => (artifact.kind === 'image' ? [artifact] : []));
	t.is(one!.index, two!.index);
	t.not(one!.manifest, two!.manifest);
	const index = JSON.parse((await buffer(open(one!.index!))).toString());
	t.deepEqual(
		index.manifests.map(({digest, platform}: {digest: string; platform: object}) => [digest, platform]),
		[
			[one!.manifest, {os: 'linux', architecture: 'amd64'}],
			[two!.manifest, {os: 'linux', architecture: 'arm64'}],
		],
	);
	const file = join(testFolder(), 'bundle.tar');
	const platforms = ['linux/amd64', 'linux/arm64'];
	await writeBundle(file, {contents: {...amd.contents, platforms, artifacts, blobs}, lock, open});
	t.deepEqual((await readTogether([file])).problems, []);
});
