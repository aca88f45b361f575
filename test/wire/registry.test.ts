/** Copies between real registries (Debian's docker-registry), read back by skopeo. */
import {execFileSync} from 'node:child_process';
import test from 'ava';
import {copyImages, type WantedImage} from '../../src/artifacts/copy.ts';
import {openRegistry, type RegistryOptions} from '../../src/artifacts/registry/registry.ts';
import {fakeRegistry, makeImage, makeIndex, type Stock} from '../artifacts/registry/fake.ts';
import {cutLine, dockerRegistry, noRegistry} from './docker-registry.ts';

const real = noRegistry === undefined ? test : test.skip;
const patience = {tries: 5, pauseMs: 5, mostMs: 1000};

const inspect = (ref: string, ...more: string[]) =>
	JSON.parse(execFileSync('skopeo', ['inspect', '--tls-verify=false', ...more, `docker://${ref}`], {encoding: 'utf8'})) as {
		Digest: string;
		Layers: string[];
	};

function client(t: {teardown(end: () => Promise<void>): void}, options: RegistryOptions) {
	const registry = openRegistry({patience, ...options});
	t.teardown(() => registry.close());
	return registry;
}

/** A fake source with two images that share a layer, and an index of two platforms. */
function source(t: {teardown(end: () => void): void}) {
	const stock: Stock = new Map();
	const one = makeImage(stock, {sizes: [10, 300_000, 2_500_000]});
	const arm = makeImage(stock, {sizes: [70_000], architecture: 'arm64'});
	const amd = makeImage(stock, {sizes: [80_000]});
	const index = makeIndex(stock, [arm, amd]);
	// The same content under another name: nothing of it needs to move.
	const tags = {'a/one:1': one.digest, 'b/deep/one:1': one.digest, 'c/many:2': index.digest};
	return {fake: fakeRegistry(t, {stock, tags}), one, arm, amd, index, stock};
}

const wanted = (from: string, to: string): WantedImage[] =>
	['a/one:1', 'b/deep/one:1', 'c/many:2'].map((name) => ({
		name,
		from: [`${from}/${name}`],
		to: `${to}/pre/${name}`,
		platforms: 'all' as const,
	}));

real('images come to a registry with their digests, no blob twice; a second run moves nothing', async (t) => {
	const {fake, one, arm, index} = source(t);
	const [{host: from, asked}, to] = await Promise.all([fake, dockerRegistry(t)]);
	const registry = client(t, {insecure: [from, to]});
	const options = {source: registry, target: registry.target(to)};
	const images = wanted(from, to);
	const first = await copyImages(images, options);
	t.deepEqual(first.failed, []);
	t.deepEqual([first.moved, first.mounted, first.present], [4 + 2 + 2, 4, 0]);
	const blobs = asked.filter((line) => line.includes('/blobs/'));
	t.is(new Set(blobs.map((line) => line.replace(/.*sha/, ''))).size, blobs.length);
	t.is(inspect(`${to}/pre/a/one:1`).Digest, one.digest);
	t.is(inspect(`${to}/pre/b/deep/one:1`).Digest, one.digest);
	t.is(inspect(`${to}/pre/c/many:2`).Digest, index.digest);
	t.is(inspect(`${to}/pre/c/many@${arm.digest}`).Digest, arm.digest);
	const second = await copyImages(images, options);
	t.deepEqual([second.moved, second.mounted, second.bytes], [0, 0, 0]);
	t.true(second.images.every(({changed}) => !changed));
});

real('one platform of an index gets the tag as what it is; two of three get an index of their own', async (t) => {
	const stock: Stock = new Map();
	const [arm, amd, s390] = ['arm64', 'amd64', 's390x'].map((architecture) => makeImage(stock, {sizes: [5000], architecture}));
	const index = makeIndex(stock, [arm!, amd!, s390!]);
	const [{host: from}, to] = await Promise.all([fakeRegistry(t, {stock, tags: {'c/many:2': index.digest}}), dockerRegistry(t)]);
	const registry = client(t, {insecure: [from, to]});
	const copy = (tag: string, platforms: string[]) =>
		copyImages([{name: tag, from: [`${from}/c/many:2`], to: `${to}/c/many:${tag}`, platforms}], {
			source: registry,
			target: registry.target(to),
		});
	await copy('amd', ['linux/amd64']);
	t.is(inspect(`${to}/c/many:amd`).Digest, amd!.digest);
	const {images} = await copy('two', ['linux/amd64', 'linux/arm64']);
	const two = await registry.manifest(`${to}/c/many:two`);
	t.is(two.digest, images[0]!.digest);
	t.is((await registry.manifest(`${to}/c/many:two`, {platform: 'linux/arm64'})).digest, arm!.digest);
	const {failed} = await copy('none', ['linux/riscv64']);
	t.regex(failed[0]!.misses[0]!.why, /no image for linux\/riscv64, but for linux\/arm64, linux\/amd64, linux\/s390x/);
});

real('a copy that is cut at ten points comes to its end, and no blob that arrived goes again', async (t) => {
	const {fake, one} = source(t);
	const [{host: from}, to] = await Promise.all([fake, dockerRegistry(t)]);
	const points = Array.from({length: 10}, (_, index) => 20_000 + index * 260_000);
	const line = await cutLine(t, to, points);
	const registry = client(t, {insecure: [from, line.host]});
	const images = wanted(from, line.host);
	const copy = () => copyImages(images, {source: registry, target: registry.target(line.host), atOnce: 1});
	let [moved, runs] = [0, 0];
	for (let failed = 1; failed > 0; runs++) {
		const done = await copy();
		failed = done.failed.length;
		moved += done.moved;
	}
	t.is(line.cuts, 10);
	t.is(moved, 8, `in ${runs} runs`);
	t.is(inspect(`${to}/pre/a/one:1`).Digest, one.digest);
	const again = await copy();
	t.deepEqual([again.moved, again.mounted, again.bytes], [0, 0, 0]);
});
