/** Real HTTP against fake registries in this process; names of registries are led to them. */
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {type ImagesQuestion, lockImages} from '../../src/artifacts/lock-images.ts';
import {mediaTypes} from '../../src/artifacts/registry/manifest.ts';
import {openRegistry, type Registry} from '../../src/artifacts/registry/registry.ts';
import type {Lock} from '../../src/model.ts';
import {fakeRegistry, type Lie, makeImage, makeIndex, patience, type Stock, sha, silence} from './registry/fake.ts';

const upstreamRef = 'registry.k8s.io/coredns/coredns:v1.14.6';
const aliyun = 'https://registry.cn-hangzhou.aliyuncs.com/google_containers';
const daocloud = 'https://k8s.m.daocloud.io';
const mirror = {images: {'registry.k8s.io': [aliyun, daocloud]}};
const flatRef = 'registry.cn-hangzhou.aliyuncs.com/google_containers/coredns:v1.14.6';

type Shop = {readonly stock: Stock; readonly tags: Record<string, string>; readonly lie?: Lie};
type Shops = Readonly<Record<string, Shop | 'silent'>>;

/** A registry client for which each host's name leads to a fake one; `silent` is a port that nobody listens on. */
async function led(t: ExecutionContext, shops: Shops) {
	const hosts = new Map<string, string>();
	const asked = new Map<string, string[]>();
	for (const [host, shop] of Object.entries(shops)) {
		if (shop === 'silent') {
			hosts.set(host, '127.0.0.1:1');
			continue;
		}
		const fake = await fakeRegistry(t, shop);
		hosts.set(host, fake.host);
		asked.set(host, fake.asked);
	}
	const real = openRegistry({insecure: [...hosts.values()], patience: {...patience, tries: 1}, silence});
	t.teardown(() => real.close());
	const to = (ref: string) => {
		const host = ref.split('/')[0]!;
		return ref.replace(host, hosts.get(host) ?? '127.0.0.1:1');
	};
	const registry: Registry = {
		...real,
		describe: (ref, platform) => real.describe(to(ref), platform),
		has: (ref) => real.has(to(ref)),
		blob: (ref, descriptor) => real.blob(to(ref), descriptor),
	};
	return {registry, asked};
}

function shop(tags: Record<string, string> = {}): Shop & {stock: Stock} {
	return {stock: new Map(), tags};
}

/** The same image around another manifest, as a mirror's copy has it; `layers` packs them anew, or spoils them. */
function copied(
	from: Stock,
	digest: string,
	into: Stock,
	layers = (bytes: Buffer, _index: number) => ({bytes, type: 'tar'}),
): string {
	for (const [name, content] of from) into.set(name, content);
	const manifest = JSON.parse(from.get(digest)!.bytes.toString()) as {
		layers: {digest: string; size: number; mediaType: string}[];
	};
	manifest.layers = manifest.layers.map((layer, index) => {
		const {bytes, type} = layers(from.get(layer.digest)!.bytes, index);
		into.set(sha(bytes), {bytes, type: 'application/octet-stream'});
		return {mediaType: `application/vnd.oci.image.layer.v1.${type}`, digest: sha(bytes), size: bytes.length};
	});
	const bytes = Buffer.from(JSON.stringify({...manifest, annotations: {copied: 'by hand'}}));
	into.set(sha(bytes), {bytes, type: mediaTypes.manifest});
	return sha(bytes);
}

/** Upstream has an index with one image; aliyun has nothing, DaoCloud what upstream has. */
function market(architectures = ['amd64']) {
	const up = shop();
	const images = architectures.map((architecture) => makeImage(up.stock, {architecture}));
	up.tags['coredns/coredns:v1.14.6'] = makeIndex(up.stock, images).digest;
	return {up, digest: images[0]!.digest, cache: {...up}, ali: shop()};
}

async function ask(t: ExecutionContext, shops: Shops, more: Partial<ImagesQuestion> = {}) {
	const {registry, asked} = await led(t, shops);
	const wanted = [{ref: upstreamRef, upstream: upstreamRef}];
	const answer = await lockImages({wanted, platforms: ['linux/amd64'], mirror, mirrors: registry, upstream: registry, ...more});
	const states = Object.fromEntries(
		answer.verdicts.map(({place, state}) => [place.replace('https://', '').split('/')[0], state]),
	);
	return {...answer, states, asked, locked: answer.images[more.wanted?.[0]?.ref ?? upstreamRef]};
}
const named = (up: Shop | 'silent', ali: Shop | 'silent', cache: Shop | 'silent') => ({
	'registry.k8s.io': up,
	'registry.cn-hangzhou.aliyuncs.com': ali,
	'k8s.m.daocloud.io': cache,
});

test('a rewritten manifest with the same content is had by its own digest, under the flat name; upstream is last', async (t) => {
	const {up, digest, cache, ali} = market();
	const other = copied(up.stock, digest, ali.stock);
	ali.tags['google_containers/coredns:v1.14.6'] = other;
	const {locked, problems, states} = await ask(t, named(up, ali, cache));
	t.deepEqual(problems, []);
	t.deepEqual(states, {
		'registry.cn-hangzhou.aliyuncs.com': 'rewritten',
		'k8s.m.daocloud.io': 'same',
		'registry.k8s.io': 'same',
	});
	t.is(locked?.digest, digest);
	t.is(locked?.platform, 'linux/amd64');
	t.deepEqual(locked?.from, [`${flatRef}@${other}`, 'k8s.m.daocloud.io/coredns/coredns:v1.14.6', upstreamRef]);
});

test("layers that are packed in another way are upstream's when they unpack to the same", async (t) => {
	const {up, digest, cache, ali} = market();
	ali.tags['google_containers/coredns:v1.14.6'] = copied(up.stock, digest, ali.stock, (bytes) => ({
		bytes: gzipSync(bytes, {level: 1}),
		type: 'tar+gzip',
	}));
	const {states, problems} = await ask(t, named(up, ali, cache));
	t.deepEqual(problems, []);
	t.is(states['registry.cn-hangzhou.aliyuncs.com'], 'rewritten');
});

for (const [what, spoil, why] of [
	[
		'other bytes in a layer',
		(bytes: Buffer, index: number) => ({bytes: index === 1 ? Buffer.alloc(9) : bytes, type: 'tar'}),
		/layer 2 unpacks to sha256:/,
	],
	[
		'a layer that is no archive',
		(bytes: Buffer, index: number) => (index === 0 ? {bytes: Buffer.from('no archive'), type: 'tar+gzip'} : {bytes, type: 'tar'}),
		/layer 1 cannot be unpacked/,
	],
] as const)
	test(`refused by name: ${what}`, async (t) => {
		const {up, digest, cache, ali} = market();
		ali.tags['google_containers/coredns:v1.14.6'] = copied(up.stock, digest, ali.stock, spoil);
		const {problems, states} = await ask(t, named(up, ali, cache));
		t.is(states['registry.cn-hangzhou.aliyuncs.com'], 'different');
		t.is(problems.length, 1);
		t.regex(problems[0]!.message, why);
		t.true(problems[0]!.message.startsWith(`${aliyun}: ${upstreamRef} for linux/amd64`));
	});

test('refused by name: another image under the right tag, with every digest that differs', async (t) => {
	const {up, cache, ali} = market();
	ali.tags['google_containers/coredns:v1.14.6'] = makeImage(ali.stock).digest;
	const {problems} = await ask(t, named(up, ali, cache));
	t.regex(problems[0]?.message ?? '', /config is sha256:.*; layer 1 is sha256:.*; layer 2 is/);
});

test('refused by name: bytes that are not what the mirror itself says they are', async (t) => {
	const {up, cache} = market();
	const lie: Lie = (request, response, honest) => {
		if (!request.url?.includes('/blobs/')) return honest();
		response.writeHead(200, {'content-type': 'application/octet-stream'}).end('x'.repeat(300));
	};
	const {problems, states} = await ask(t, named(up, shop(), {...cache, lie}));
	t.is(states['k8s.m.daocloud.io'], 'different');
	t.regex(problems[0]?.message ?? '', /^https:\/\/k8s\.m\.daocloud\.io: .* is not upstream's/);
});

test('a mirror that lacks an image, has none for the platform, or does not answer is passed over', async (t) => {
	const {up} = market();
	const ali = shop();
	ali.tags['google_containers/coredns/coredns:v1.14.6'] = makeIndex(ali.stock, [
		makeImage(ali.stock, {architecture: 's390x'}),
	]).digest;
	const {locked, states, problems} = await ask(t, named(up, ali, 'silent'));
	t.deepEqual(problems, []);
	t.deepEqual(states, {
		'registry.cn-hangzhou.aliyuncs.com': 'platform',
		'k8s.m.daocloud.io': 'unreachable',
		'registry.k8s.io': 'same',
	});
	t.deepEqual(locked?.from, [upstreamRef]);
	const {states: empty} = await ask(t, named(up, shop(), 'silent'));
	t.is(empty['registry.cn-hangzhou.aliyuncs.com'], 'missing');
});

test("without upstream a mirror's word alone makes no lock", async (t) => {
	const {cache, ali} = market();
	const {images, problems, states} = await ask(t, named('silent', ali, cache));
	t.deepEqual(images, {});
	t.regex(problems[0]?.message ?? '', /nobody vouches for it; upstream's registry\.k8s\.io\/.* cannot be read: unreachable/);
	t.regex(problems[0]?.hint ?? '', /--trust FILE/);
	t.is(states['registry.k8s.io'], 'unreachable');
	t.not(states['k8s.m.daocloud.io'], 'same');
});

test('a trusted lock says what upstream is; nodes are still told of upstream, last', async (t) => {
	const {up, digest, cache, ali} = market();
	const {images} = await ask(t, named(up, shop(), shop()));
	const trusted: Lock = {binaries: {}, images, madeBy: 'a test', madeAt: ''};
	const other = copied(up.stock, digest, ali.stock);
	ali.tags['google_containers/coredns:v1.14.6'] = other;
	const offline = await ask(t, named('silent', ali, cache), {trusted});
	t.deepEqual(offline.problems, []);
	t.deepEqual(offline.locked?.from, [`${flatRef}@${other}`, 'k8s.m.daocloud.io/coredns/coredns:v1.14.6', upstreamRef]);
	t.like(offline.locked, {digest, config: images[upstreamRef]!.config});
	// Nobody shows how upstream packed the layers: they are unpacked.
	const alone = await ask(t, named('silent', ali, 'silent'), {trusted});
	t.is(alone.states['registry.cn-hangzhou.aliyuncs.com'], 'rewritten');
	t.true(alone.asked.get('registry.cn-hangzhou.aliyuncs.com')!.filter((line) => line.includes('/blobs/')).length >= 3);
	const nowhere = await ask(t, named(shop(), shop(), shop()), {trusted});
	t.regex(nowhere.problems[0]?.message ?? '', /no place has it/);
	const unknown = await ask(t, named(up, ali, cache), {trusted: {...trusted, images: {}}});
	t.regex(unknown.problems[0]?.message ?? '', /nobody vouches/);
});

test('a tag that moved upstream is refused by a trusted lock', async (t) => {
	const {up, cache, ali} = market();
	const {images} = await ask(t, named(up, shop(), shop()));
	const moved = shop();
	moved.tags['coredns/coredns:v1.14.6'] = makeImage(moved.stock).digest;
	const {problems} = await ask(t, named(moved, ali, cache), {trusted: {binaries: {}, images, madeBy: '', madeAt: ''}});
	t.true(problems.some(({message}) => message.startsWith(`registry.k8s.io: ${upstreamRef}`)));
});

test("under --image-repository the cluster's names are keys, and upstream is who is believed", async (t) => {
	const {up, digest, ali} = market();
	const other = copied(up.stock, digest, ali.stock);
	ali.tags['google_containers/coredns:v1.14.6'] = other;
	const wanted = [{ref: flatRef, upstream: upstreamRef}];
	const {locked, problems} = await ask(t, named(up, ali, shop()), {wanted, mirror: {images: {}}});
	t.deepEqual(problems, []);
	t.deepEqual(locked?.from, [`${flatRef}@${other}`, upstreamRef]);
	ali.tags['google_containers/coredns:v1.14.6'] = makeImage(ali.stock).digest;
	t.is((await ask(t, named(up, ali, shop()), {wanted, mirror: {images: {}}})).problems.length, 1);
});

test('each platform is locked, and the digest of each is its own', async (t) => {
	const {up, cache, ali} = market(['amd64', 'arm64']);
	const {locked, problems} = await ask(t, named(up, ali, cache), {platforms: ['linux/amd64', 'linux/arm64']});
	t.deepEqual(problems, []);
	const arm = locked?.platforms?.['linux/arm64'];
	t.not(arm?.digest, undefined);
	t.not(arm?.digest, locked?.digest);
	t.deepEqual(arm?.from, locked?.from);
});

test('who is silent is asked once, not once for each image', async (t) => {
	const {up} = market();
	let knocked = 0;
	const lie: Lie = (_request, response) => {
		knocked += 1;
		response.socket?.destroy();
	};
	const wanted = Array.from({length: 12}, () => ({ref: upstreamRef, upstream: upstreamRef}));
	const {states} = await ask(t, named(up, shop(), {...shop(), lie}), {wanted});
	t.is(states['k8s.m.daocloud.io'], 'unreachable');
	t.is(knocked, 1);
});
