/** Real registries that not everybody gets into: users, a token server, TLS of an authority of one's own, blobs that are on another host. */
import {execFileSync} from 'node:child_process';
import {createSign, randomUUID} from 'node:crypto';
import {createReadStream, readFileSync, writeFileSync} from 'node:fs';
import type {IncomingHttpHeaders} from 'node:http';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {copyImages} from '../../src/artifacts/copy.ts';
import {RegistryError} from '../../src/artifacts/registry/failure.ts';
import {openRegistry, type RegistryOptions} from '../../src/artifacts/registry/registry.ts';
import {fakeRegistry, makeImage, patience, type Stock, serve} from '../artifacts/registry/fake.ts';
import {testFolder} from '../folder.ts';
import {dockerRegistry, noRegistry} from './docker-registry.ts';

const real = noRegistry === undefined ? test : test.skip;
const password = 'secret-w0rd';
const htpasswd = 'me:$2y$05$abcdefghijklmnopqrstuuXyVwXPXK7Ef3UEazbgtQfDf9Uf1KXpS\n';

/** An authority, and a certificate of it for 127.0.0.1. */
function certificates() {
	const folder = testFolder();
	const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: folder, stdio: 'ignore'});
	const fresh = (name: string, ...more: string[]) =>
		openssl(
			'req',
			'-x509',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
			'-days',
			'2',
			'-keyout',
			`${name}.key`,
			'-out',
			`${name}.crt`,
			'-subj',
			`/CN=${name}`,
			...more,
		);
	fresh('ca');
	fresh(
		'server',
		'-CA',
		'ca.crt',
		'-CAkey',
		'ca.key',
		'-addext',
		'subjectAltName=IP:127.0.0.1',
		'-addext',
		'basicConstraints=critical,CA:FALSE',
	);
	return (name: string) => join(folder, name);
}

function authFile(hosts: readonly string[]): string {
	const file = join(testFolder(), 'config.json');
	const auth = Buffer.from(`me:${password}`).toString('base64');
	writeFileSync(file, JSON.stringify({auths: Object.fromEntries(hosts.map((host) => [host, {auth}]))}));
	return file;
}

function client(t: ExecutionContext, options: RegistryOptions) {
	const registry = openRegistry({patience, ...options});
	t.teardown(() => registry.close());
	return registry;
}

/** Copies an image out of a fake registry under two names, and gives what the target has then. */
async function fill(t: ExecutionContext, to: string, options: RegistryOptions) {
	const stock: Stock = new Map();
	const image = makeImage(stock, {sizes: [5000, 3_000_000]});
	const {host} = await fakeRegistry(t, {stock, tags: {'a/b:1': image.digest}});
	const registry = client(t, {...options, insecure: [host, ...(options.insecure ?? [])]});
	const images = ['a/b:1', 'c/d:2'].map((name) => ({
		name,
		from: [`${host}/a/b:1`],
		to: `${to}/${name}`,
		platforms: 'all' as const,
	}));
	const done = await copyImages(images, {source: registry, target: registry.target(to)});
	return {done, image, stock, registry, ref: `${to}/c/d:2`};
}

real('a registry that wants user and password', async (t) => {
	const folder = testFolder();
	writeFileSync(join(folder, 'htpasswd'), htpasswd);
	const to = await dockerRegistry(t, {auth: {htpasswd: {realm: 'test', path: join(folder, 'htpasswd')}}});
	const {done, image, registry, ref} = await fill(t, to, {insecure: [to], auth: authFile([to])});
	t.deepEqual(done.failed, []);
	t.deepEqual([done.moved, done.mounted], [3, 3]);
	t.is(await registry.has(ref), image.digest);
	const stranger = client(t, {insecure: [to], auth: authFile([])});
	const error = await t.throwsAsync(stranger.manifest(ref), {instanceOf: RegistryError});
	t.is(error!.fault, 'denied');
	t.regex(error!.message, /it wants a user and a password, and none is known for it/);
});

/** A token server as the distribution project describes it, for whom knows the password; it signs what the registry then believes. */
function tokenServer(t: ExecutionContext, file: (name: string) => string, scopes: string[]) {
	const certificate = readFileSync(file('ca.crt'), 'utf8').replaceAll(/-----[^-]+-----|\s/g, '');
	const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
	return serve(t, ({url = '', headers}, response) => {
		const {searchParams} = new URL(url, 'http://tokens');
		if (headers.authorization !== `Basic ${Buffer.from(`me:${password}`).toString('base64')}`)
			return void response.writeHead(401).end();
		const asked = searchParams.getAll('scope');
		scopes.push(...asked);
		const access = asked.map((scope) => {
			const [type, name, actions = ''] = scope.split(':');
			return {type, name, actions: actions.split(',')};
		});
		const now = Math.floor(Date.now() / 1000);
		const claims = {
			iss: 'test',
			sub: 'me',
			aud: searchParams.get('service'),
			exp: now + 300,
			nbf: now - 10,
			iat: now,
			jti: randomUUID(),
			access,
		};
		const text = `${part({typ: 'JWT', alg: 'ES256', x5c: [certificate]})}.${part(claims)}`;
		const signature = createSign('sha256')
			.update(text)
			.sign({key: readFileSync(file('ca.key')), dsaEncoding: 'ieee-p1363'}, 'base64url');
		response.end(JSON.stringify({token: `${text}.${signature}`, expires_in: 300}));
	});
}

real('a registry behind a token server: a token per repository and scope, mounts with both', async (t) => {
	const file = certificates();
	const scopes: string[] = [];
	const tokens = await tokenServer(t, file, scopes);
	const token = {realm: `http://${tokens}/token`, service: 'registry', issuer: 'test', rootcertbundle: file('ca.crt')};
	const to = await dockerRegistry(t, {auth: {token}});
	const {done, image, registry, ref} = await fill(t, to, {insecure: [to, tokens], auth: authFile([to])});
	t.deepEqual(done.failed, []);
	t.deepEqual([done.moved, done.mounted], [3, 3]);
	t.is(await registry.has(ref), image.digest);
	t.true(scopes.includes('repository:a/b:pull,push'));
	t.true(scopes.length < 12, scopes.join(' '));
	const error = await t.throwsAsync(client(t, {insecure: [to, tokens], auth: authFile([])}).manifest(ref), {
		instanceOf: RegistryError,
	});
	t.regex(error!.message, /gives nothing to strangers/);
});

real('a registry over TLS: with its own authority, with a wrong one, without any, and where nobody checks', async (t) => {
	const [file, other] = [certificates(), certificates()];
	const to = await dockerRegistry(t, {http: {tls: {certificate: file('server.crt'), key: file('server.key')}}});
	const {done, image, ref} = await fill(t, to, {ca: file('ca.crt')});
	t.deepEqual(done.failed, []);
	t.is(await client(t, {ca: file('ca.crt')}).has(ref), image.digest);
	t.is(await client(t, {insecure: [to]}).has(ref), image.digest);
	for (const options of [{}, {ca: other('ca.crt')}]) {
		const error = await t.throwsAsync(client(t, options).manifest(ref), {instanceOf: RegistryError});
		t.regex(error!.message, /the certificate is not trusted \(.*\); name its CA in mirror\.ca/);
	}
});

real('blobs that the registry has on another host: fetched there, without credentials', async (t) => {
	const folder = testFolder();
	const seen: IncomingHttpHeaders[] = [];
	const storage = await serve(t, ({url = '', headers}, response) => {
		seen.push(headers);
		createReadStream(join(folder, 'storage', url))
			.on('error', () => response.writeHead(404).end())
			.pipe(response);
	});
	writeFileSync(join(folder, 'htpasswd'), htpasswd);
	const auth = {htpasswd: {realm: 'test', path: join(folder, 'htpasswd')}};
	const middleware = {storage: [{name: 'redirect', options: {baseurl: `http://${storage}/`}}]};
	const to = await dockerRegistry(t, {folder, auth, middleware});
	const {done, stock, ref} = await fill(t, to, {insecure: [to], auth: authFile([to])});
	t.deepEqual(done.failed, []);
	const registry = client(t, {insecure: [to, storage], auth: authFile([to, storage])});
	const {config} = (await registry.manifest(ref)).document as {config: {digest: string; size: number; mediaType: string}};
	const chunks: Buffer[] = [];
	for await (const chunk of registry.blob(ref, config)) chunks.push(chunk);
	t.deepEqual(Buffer.concat(chunks), stock.get(config.digest)!.bytes);
	t.true(seen.length > 0);
	t.true(seen.every(({authorization}) => authorization === undefined));
	// A host that nobody named is not spoken to in plain HTTP, even when the registry sends us there.
	const careful = client(t, {insecure: [to], auth: authFile([to])});
	await t.throwsAsync(
		async () => {
			for await (const _ of careful.blob(ref, config));
		},
		{instanceOf: RegistryError, message: /plain HTTP is spoken only to hosts that mirror\.insecure names/},
	);
});
