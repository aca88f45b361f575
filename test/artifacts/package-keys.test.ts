import {once} from 'node:events';
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import {repositoryKeys} from '../../src/artifacts/package-keys.ts';
import {StepError} from '../../src/errors.ts';
import {armor, dearmor} from '../../src/packages/openpgp.ts';
import type {AptSource} from '../../src/packages/repositories.ts';
import {ended, endless, fingerprints, twoKeys} from '../packages/keys.ts';

type World = {server: Server; folder: string; base: string; asked: string[]; served: Map<string, string>};
const test = anyTest as TestFn<World>;

test.beforeEach(async (t) => {
	const asked: string[] = [];
	const served = new Map<string, string>();
	const server = createServer((request, response) => {
		asked.push(request.url ?? '');
		const text = served.get(request.url ?? '');
		response.writeHead(text === undefined ? 404 : 200).end(text ?? 'not here');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	t.context = {server, asked, served, base, folder: mkdtempSync(join(tmpdir(), 'kubestrap-keys-'))};
});
test.afterEach.always((t) => {
	t.context.server.close();
	rmSync(t.context.folder, {recursive: true, force: true});
});

const source = (world: World, name: AptSource['name'], fingerprint: string): AptSource => ({
	name,
	uri: `${world.base}/${name}/`,
	suite: '/',
	keyUrl: `${world.base}/${name}.key`,
	fingerprint,
});
const mirrorOf = ({base}: World) => ({images: {}, insecure: [new URL(base).host]});
const now = Date.UTC(2026, 5, 1);
/** The key and nothing else, as it reaches machines. */
const plain = armor(dearmor(endless));

test('a key is fetched once, and later taken from the cache: no word to the network', async (t) => {
	const {context: world} = t;
	world.served.set('/kubernetes.key', endless);
	const sources = [source(world, 'kubernetes', fingerprints.endless)];
	const options = {folder: join(world.folder, 'keys'), now};
	t.deepEqual(await repositoryKeys(sources, mirrorOf(world), options), {kubernetes: plain});
	t.deepEqual(await repositoryKeys(sources, mirrorOf(world), options), {kubernetes: plain});
	t.deepEqual(world.asked, ['/kubernetes.key']);
	t.deepEqual(readdirSync(options.folder), [`${fingerprints.endless}.asc`]);
});

test('what apt would read as one more key beside the right one reaches no machine', async (t) => {
	const {context: world} = t;
	// apt takes whatever begins with -----BEGIN; for us this is a line without meaning.
	const hidden = ended.replace('BLOCK-----', 'BLOCK-----x');
	const sources = [source(world, 'kubernetes', fingerprints.endless)];
	for (const text of [`${endless}${hidden}`, `${hidden}${endless}`]) {
		world.served.set('/kubernetes.key', text);
		rmSync(join(world.folder, 'keys'), {recursive: true, force: true});
		for (const _ of ['fetched', 'from the cache'])
			t.deepEqual(await repositoryKeys(sources, mirrorOf(world), {folder: join(world.folder, 'keys'), now}), {kubernetes: plain});
	}
});

test('a spoilt cache is not believed', async (t) => {
	const {context: world} = t;
	world.served.set('/kubernetes.key', endless);
	writeFileSync(join(world.folder, `${fingerprints.endless}.asc`), ended);
	const found = await repositoryKeys([source(world, 'kubernetes', fingerprints.endless)], mirrorOf(world), {
		folder: world.folder,
		now,
	});
	t.is(found.kubernetes, plain);
});

test('all that is wrong is said at once: another key, an ended one; and nothing of it is kept', async (t) => {
	const {context: world} = t;
	world.served.set('/kubernetes.key', endless);
	world.served.set('/docker.key', ended);
	const sources = [source(world, 'kubernetes', fingerprints.withSubkey), source(world, 'docker', fingerprints.ended)];
	const error = await t.throwsAsync(repositoryKeys(sources, mirrorOf(world), {folder: world.folder, now}), {
		instanceOf: StepError,
	});
	t.regex(error.message, /kubernetes.*fingerprint is 554AEC94622B8CD23D6312E128ACD2FBF6E5F4D4, not 3723F035/s);
	t.regex(error.message, /docker.*expired \(2026-01-02\)/s);
	t.regex(error.hint, /make the lock anew/);
	t.deepEqual(readdirSync(world.folder), []);
});

for (const [what, text, says] of [
	['a page of HTML', '<html></html>', /no armored public key/],
	['two keys', twoKeys, /2 keys/],
	['nothing', undefined, /HTTP 404/],
	['a flood', 'x'.repeat(300_000), /far too long/],
] as const)
	test(`${what} is no key`, async (t) => {
		const {context: world} = t;
		if (text !== undefined) world.served.set('/kubernetes.key', text);
		const sources = [source(world, 'kubernetes', fingerprints.endless)];
		await t.throwsAsync(repositoryKeys(sources, mirrorOf(world), {folder: world.folder, now}), {message: says});
	});

test('plain HTTP only where the operator said so', async (t) => {
	const {context: world} = t;
	const sources = [source(world, 'kubernetes', fingerprints.endless)];
	await t.throwsAsync(repositoryKeys(sources, {images: {}, insecure: []}, {folder: world.folder, now}), {
		message: /plain HTTP/,
	});
	t.deepEqual(world.asked, []);
});
