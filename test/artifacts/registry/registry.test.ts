import {randomBytes} from 'node:crypto';
import {type AddressInfo, createServer as createRawServer} from 'node:net';
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {RegistryError, type RegistryFault} from '../../../src/artifacts/registry/failure.ts';
import {mediaTypes} from '../../../src/artifacts/registry/manifest.ts';
import {openRegistry} from '../../../src/artifacts/registry/registry.ts';
import {fakeRegistry, type Lie, makeImage, makeIndex, patience, type Stock, serve, sha, silence} from './fake.ts';

/** A registry with `a/b:1`, an image for amd64 of two layers, and a client for it. */
async function stage(t: ExecutionContext, lie?: Lie, options: {insecure?: string[]} = {}) {
	const stock: Stock = new Map();
	const image = makeImage(stock);
	const arm = makeImage(stock, {architecture: 'arm64'});
	const index = makeIndex(stock, [arm, image]);
	const tags = {'a/b:1': image.digest, 'a/b:all': index.digest};
	const fake = await fakeRegistry(t, {stock, tags, ...(lie && {lie})});
	const registry = openRegistry({insecure: [fake.host, ...(options.insecure ?? [])], patience, silence});
	t.teardown(() => registry.close());
	const layer = (
		JSON.parse(stock.get(image.digest)!.bytes.toString()) as {layers: {digest: string; size: number; mediaType: string}[]}
	).layers[1]!;
	return {...fake, registry, stock, image, arm, index, layer, ref: `${fake.host}/a/b:1`, all: `${fake.host}/a/b:all`};
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

async function fails(t: ExecutionContext, work: Promise<unknown>, fault: RegistryFault, why: RegExp, ref: string) {
	const error = await t.throwsAsync(work, {instanceOf: RegistryError});
	t.is(error!.fault, fault, error!.message);
	t.regex(error!.why, why);
	t.true(error!.message.startsWith(`${ref}: `), error!.message);
	t.not(error!.hint, '');
}

test('a manifest comes with its exact bytes, and a blob with the right ones', async (t) => {
	const {registry, ref, stock, image, layer} = await stage(t);
	const manifest = await registry.manifest(ref);
	t.is(manifest.digest, image.digest);
	t.deepEqual(manifest.bytes, stock.get(image.digest)!.bytes);
	t.is(manifest.mediaType, mediaTypes.manifest);
	t.deepEqual(await bytesOf(registry.blob(ref, layer)), stock.get(layer.digest)!.bytes);
	t.is(await registry.has(ref), image.digest);
	t.is(await registry.has(ref.replace(':1', ':2')), undefined);
});

test('an index leads to the manifest of a platform, and stays an index without one', async (t) => {
	const {registry, all, image, arm, index} = await stage(t);
	t.is((await registry.manifest(all)).digest, index.digest);
	t.is((await registry.manifest(all, {platform: 'linux/amd64'})).digest, image.digest);
	t.is((await registry.manifest(all, {platform: 'linux/arm64'})).digest, arm.digest);
	await fails(
		t,
		registry.manifest(all, {platform: 'linux/s390x'}),
		'absent',
		/no image for linux\/s390x, but for linux\/arm64, linux\/amd64/,
		all,
	);
});

test('an image is described by its config, whatever its manifest looks like', async (t) => {
	const {registry, ref, all, image, layer} = await stage(t);
	const seen = await registry.describe(all, 'linux/amd64');
	t.is(seen.digest, image.digest);
	t.is(seen.diffIDs[1], layer.digest);
	t.deepEqual((await registry.describe(ref, 'linux/amd64')).config, seen.config);
	await fails(t, registry.describe(ref, 'linux/arm64'), 'absent', /is an image for linux\/amd64, not for linux\/arm64/, ref);
});

const isBlob = /\/blobs\//;
const answers =
	(where: RegExp, answer: Lie): Lie =>
	(request, response, honest) =>
		where.test(request.url!) ? answer(request, response, honest) : honest();

/** Lies about the layer, and what is said of them. */
const lies: [string, Lie, RegistryFault, RegExp][] = [
	['a flipped byte', (_, r) => r.end(randomBytes(200_000)), 'wrong', /has the digest sha256:[0-9a-f]{64}/],
	[
		'another length',
		(_, r) => r.writeHead(200, {'content-length': 5}).end('short'),
		'wrong',
		/is to have 200000 bytes, the registry has 5/,
	],
	['chunks without end', (_, r) => endless(r), 'wrong', /is longer than its 200000 bytes/],
	['a web page', (_, r) => r.writeHead(200, {'content-type': 'text/html'}).end('<html>log in</html>'), 'wrong', /web page/],
	['nothing there', (_, r) => r.writeHead(404).end(), 'absent', /has no blob sha256:/],
	['a forbidden place', (_, r) => r.writeHead(403).end(), 'denied', /HTTP 403/],
	['no answer', () => {}, 'silent', /no answer to the request/],
	['an error each time', (_, r) => r.writeHead(500).end(), 'silent', /HTTP 500/],
	[
		'a wait of 31 years',
		(_, r) => r.writeHead(429, {'retry-after': '1000000000'}).end(),
		'silent',
		/asked again in 1000000000 s, which is too long/,
	],
	['redirects without end', (q, r) => r.writeHead(307, {location: `${q.url}x`}).end(), 'wrong', /more than 5 redirects/],
	['a redirect to nowhere', (_, r) => r.writeHead(302).end(), 'silent', /without a place/],
	[
		'a redirect to a file',
		(_, r) => r.writeHead(302, {location: 'file:///etc/passwd'}).end(),
		'silent',
		/neither HTTP nor HTTPS/,
	],
	[
		'a redirect to the cloud',
		(_, r) => r.writeHead(307, {location: 'http://169.254.169.254/latest'}).end(),
		'silent',
		/plain HTTP is spoken only to hosts/,
	],
	[
		'compression',
		(_, r) => r.writeHead(200, {'content-encoding': 'gzip'}).end(gzipSync(randomBytes(9))),
		'wrong',
		/comes compressed/,
	],
];

function endless(response: import('node:http').ServerResponse): void {
	const chunk = randomBytes(65_536);
	const more = () => {
		while (!response.destroyed && response.write(chunk));
		if (!response.destroyed) response.once('drain', more);
	};
	more();
}

for (const [name, lie, fault, why] of lies) {
	test(`a blob, and ${name}: a right message`, async (t) => {
		const {registry, ref, layer} = await stage(t, answers(isBlob, lie));
		await fails(t, bytesOf(registry.blob(ref, layer)), fault, why, ref);
	});
}

test('a blob is never whole when it is wrong: its last bytes are not given', async (t) => {
	const {registry, ref, layer} = await stage(
		t,
		answers(isBlob, (_, response) => response.end(randomBytes(200_000))),
	);
	let seen = 0;
	await t.throwsAsync(async () => {
		for await (const chunk of registry.blob(ref, layer)) seen += chunk.length;
	});
	t.true(seen < 200_000);
});

test('a transfer that breaks off goes on where it stopped', async (t) => {
	let cuts = 0;
	const cutting: Lie = (request, response, honest) => {
		if (cuts === 3) return honest();
		cuts += 1;
		const from = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
		const all = bytes!.subarray(from);
		response.writeHead(from > 0 ? 206 : 200, {
			'content-length': all.length,
			...(from > 0 && {'content-range': `bytes ${from}-${bytes!.length - 1}/${bytes!.length}`}),
		});
		response.write(all.subarray(0, 30_000), () => response.destroy());
	};
	let bytes: Buffer | undefined;
	const {registry, ref, layer, stock, headers} = await stage(t, answers(isBlob, cutting));
	bytes = stock.get(layer.digest)!.bytes;
	t.deepEqual(await bytesOf(registry.blob(ref, layer)), bytes);
	t.deepEqual(
		headers.map(({range}) => range).filter((range) => range !== undefined),
		['bytes=30000-', 'bytes=60000-', 'bytes=90000-'],
	);
});

test('a registry that is busy for a while is borne', async (t) => {
	let asked = 0;
	const busy: Lie = (_, response, honest) =>
		++asked < 3 ? response.writeHead(asked === 1 ? 429 : 503, {'retry-after': '0'}).end() : honest();
	const {registry, ref, image} = await stage(t, answers(/manifests/, busy));
	t.is((await registry.manifest(ref)).digest, image.digest);
});

test('a slow registry is borne as long as it sends something', async (t) => {
	const slow: Lie = (_, response) => {
		response.writeHead(200, {'content-length': 200_000});
		let at = 0;
		const timer = setInterval(() => {
			response.write(bytes!.subarray(at, at + 10_000));
			at += 10_000;
			if (at < 200_000) return;
			clearInterval(timer);
			response.end();
		}, 20);
	};
	let bytes: Buffer | undefined;
	const {registry, ref, layer, stock, asked} = await stage(t, answers(isBlob, slow));
	bytes = stock.get(layer.digest)!.bytes;
	t.deepEqual(await bytesOf(registry.blob(ref, layer)), bytes);
	t.is(asked.filter((line) => isBlob.test(line)).length, 1);
});

for (const length of ['-5', '99999999999999999999', '1, 2', 'many']) {
	test(`a body of ${JSON.stringify(length)} bytes is no answer`, async (t) => {
		const raw = createRawServer((socket) => {
			socket.on('error', () => {});
			socket.once('data', (asked) => {
				if (asked.toString('latin1').startsWith('GET')) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n{}`);
				else socket.destroy();
			});
		}).listen(0, '127.0.0.1');
		await new Promise((resolve) => raw.once('listening', resolve));
		t.teardown(() => raw.close());
		const host = `127.0.0.1:${(raw.address() as AddressInfo).port}`;
		const registry = openRegistry({insecure: [host], plain: [host], patience, silence});
		t.teardown(() => registry.close());
		await fails(t, registry.manifest(`${host}/a/b:1`), 'silent', /\w/, `${host}/a/b:1`);
	});
}

const manifests: [string, string, string | Buffer, RegExp][] = [
	['schema 1', 'application/vnd.docker.distribution.manifest.v1+prettyjws', '{"schemaVersion":1}', /old format \(schema 1\)/],
	['a web page', 'text/html', '<html>hello</html>', /is a web page/],
	['no JSON', 'application/json', 'hello', /is no JSON object/],
	['both kinds', mediaTypes.index, JSON.stringify({manifests: [], layers: [], config: {}}), /does not have the form/],
	[
		'two opinions',
		mediaTypes.manifest,
		JSON.stringify({mediaType: mediaTypes.index, manifests: []}),
		/is served as ".*manifest.v1.json", but says/,
	],
	['an unknown kind', 'application/vnd.example.wasm', '{"config":{},"layers":[]}', /no image manifest/],
	[
		'no digest',
		mediaTypes.manifest,
		JSON.stringify({config: {mediaType: 'x', digest: 'sha256:12', size: 1}, layers: []}),
		/config has no sha256 digest/,
	],
	[
		'a size below zero',
		mediaTypes.manifest,
		JSON.stringify({config: {mediaType: 'x', digest: sha(Buffer.from('')), size: -1}, layers: []}),
		/config has no size/,
	],
	['five megabytes', mediaTypes.manifest, Buffer.alloc(5 << 20, 32), /longer than 4194304 bytes/],
];

for (const [name, type, body, why] of manifests) {
	test(`a manifest with ${name} is refused`, async (t) => {
		const {registry, ref} = await stage(
			t,
			answers(/manifests/, (_, r) => r.writeHead(200, {'content-type': type}).end(body)),
		);
		await fails(t, registry.manifest(ref), 'wrong', why, ref);
	});
}

test('a gzip bomb is not unpacked', async (t) => {
	const bomb = gzipSync(Buffer.alloc(50 << 20, 32));
	const lie: Lie = (_, r) => r.writeHead(200, {'content-encoding': 'gzip', 'content-type': mediaTypes.manifest}).end(bomb);
	const {registry, ref} = await stage(t, answers(/manifests/, lie));
	await fails(t, registry.manifest(ref), 'wrong', /comes compressed/, ref);
});

test('a wrong digest header is a lie, and so is other content under a digest', async (t) => {
	const lie: Lie = (_, r) =>
		r.writeHead(200, {'docker-content-digest': sha(Buffer.from('x')), 'content-type': mediaTypes.index}).end('{"manifests":[]}');
	const {registry, ref, host} = await stage(t, answers(/manifests/, lie));
	await fails(t, registry.manifest(ref), 'wrong', /the registry says sha256:/, ref);
	const pinned = `${host}/a/b@${sha(Buffer.from('y'))}`;
	await fails(t, registry.manifest(pinned), 'wrong', /has the digest sha256:[0-9a-f]{64}, not sha256:/, pinned);
});

test('an index that leads back to itself is found by its digest', async (t) => {
	// A true loop would need a digest of itself: whoever serves one must lie about the digest.
	const loop = (digest: string) => ({schemaVersion: 2, manifests: [{mediaType: mediaTypes.index, digest, size: 300}]});
	const body = JSON.stringify(loop(sha(Buffer.from('me'))));
	const {registry, ref} = await stage(
		t,
		answers(/manifests/, (_, r) => r.writeHead(200, {'content-type': mediaTypes.index}).end(body)),
	);
	await fails(t, registry.manifest(ref, {platform: 'linux/amd64'}), 'wrong', /not sha256:/, ref);
});

test('indexes in indexes end somewhere', async (t) => {
	const stock: Stock = new Map();
	let top = makeImage(stock);
	for (let depth = 0; depth < 6; depth++) top = makeIndex(stock, [top]);
	const {host} = await fakeRegistry(t, {stock, tags: {'a/b:1': top.digest}});
	const registry = openRegistry({insecure: [host], patience, silence});
	t.teardown(() => registry.close());
	const ref = `${host}/a/b:1`;
	await fails(t, registry.manifest(ref, {platform: 'linux/amd64'}), 'wrong', /holds indexes, 4 deep/, ref);
});

test('a layer that says it lies elsewhere is not fetched from there', async (t) => {
	let asked = 0;
	const elsewhere = await serve(t, (_, response) => {
		asked += 1;
		response.end('x');
	});
	const {registry, ref, layer} = await stage(
		t,
		answers(isBlob, (_, r) => r.writeHead(404).end()),
		{insecure: [elsewhere]},
	);
	const error = await t.throwsAsync(bytesOf(registry.blob(ref, {...layer, urls: [`http://${elsewhere}/layer`]})), {
		instanceOf: RegistryError,
	});
	t.regex(error!.hint, /such addresses are not followed/);
	t.is(asked, 0);
});

test('plain HTTP is not spoken to a registry that nobody named', async (t) => {
	const {host, asked} = await stage(t);
	const registry = openRegistry({patience, silence});
	t.teardown(() => registry.close());
	const before = asked.length;
	await t.throwsAsync(registry.manifest(`${host}/a/b:1`), {instanceOf: RegistryError});
	t.is(asked.length, before);
});

test('what a registry writes into an error is shown harmless and short', async (t) => {
	const message = `\u001b[31mred${'x'.repeat(5000)}`;
	const lie: Lie = (_, r) => r.writeHead(400).end(JSON.stringify({errors: [{code: 'BAD', message}]}));
	const {registry, ref} = await stage(t, answers(/manifests/, lie));
	const error = await t.throwsAsync(registry.manifest(ref), {instanceOf: RegistryError});
	t.regex(error!.why, /^HTTP 400 \(BAD: /);
	t.false(error!.message.includes('\u001b'));
	t.true(error!.message.length < 500);
});

test('an abort ends everything with its reason', async (t) => {
	const {host} = await stage(
		t,
		answers(/manifests/, () => {}),
	);
	const stop = new AbortController();
	const registry = openRegistry({insecure: [host], patience, signal: stop.signal});
	t.teardown(() => registry.close());
	const work = registry.manifest(`${host}/a/b:1`);
	setImmediate(() => stop.abort(new Error('enough')));
	await t.throwsAsync(work, {message: 'enough'});
});
