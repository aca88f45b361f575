import {writeFileSync} from 'node:fs';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {challenges} from '../../../src/artifacts/registry/challenge.ts';
import {RegistryError} from '../../../src/artifacts/registry/failure.ts';
import {openRegistry} from '../../../src/artifacts/registry/registry.ts';
import {testFolder} from '../../folder.ts';
import {fakeRegistry, type Lie, makeImage, patience, type Stock, serve, silence} from './fake.ts';

const password = 'c4nary-passw0rd';

type Wish = {
	readonly challenge: (tokens: string) => string;
	/** Whether the registry takes what it was shown. */
	readonly takes: (authorization: string | undefined) => boolean;
	readonly tokens?: (request: IncomingMessage, response: ServerResponse) => void;
	readonly auth?: object;
	readonly nameTokens?: boolean;
};

/** A registry that lets in only whom it likes, with its token server. */
async function stage(
	t: ExecutionContext,
	{challenge, takes, tokens, auth = {auth: Buffer.from(`me:${password}`).toString('base64')}, nameTokens = true}: Wish,
) {
	const stock: Stock = new Map();
	const image = makeImage(stock);
	const asked: IncomingMessage[] = [];
	const tokenHost = await serve(t, (request, response) => {
		asked.push(request);
		(tokens ?? ((_, answer) => answer.end('{"token":"t1"}')))(request, response);
	});
	const lie: Lie = (request, response, honest) => {
		if (request.url === '/v2/' || takes(request.headers.authorization)) return honest();
		response.writeHead(401, {'www-authenticate': challenge(`http://${tokenHost}/token`)}).end();
	};
	const fake = await fakeRegistry(t, {stock, tags: {'a/b:1': image.digest}, lie});
	const file = join(testFolder(), 'config.json');
	writeFileSync(file, JSON.stringify({auths: {[fake.host]: auth}}));
	const registry = openRegistry({insecure: [fake.host, ...(nameTokens ? [tokenHost] : [])], auth: file, patience, silence});
	t.teardown(() => registry.close());
	return {...fake, tokenHost, registry, image, tokensAsked: asked, ref: `${fake.host}/a/b:1`};
}

const bearer = (tokens: string) => `Bearer realm="${tokens}",service="registry.example",scope="repository:a/b:pull"`;

test('a token is got once for a repository, with our credentials, and shown from then on', async (t) => {
	const {registry, ref, image, tokensAsked} = await stage(t, {challenge: bearer, takes: (shown) => shown === 'Bearer t1'});
	const [one] = await Promise.all([registry.manifest(ref), registry.manifest(ref), registry.has(ref)]);
	t.is(one.digest, image.digest);
	await registry.manifest(ref);
	t.is(tokensAsked.length, 1);
	const {url, headers} = tokensAsked[0]!;
	t.is(url, '/token?service=registry.example&scope=repository%3Aa%2Fb%3Apull');
	t.is(headers.authorization, `Basic ${Buffer.from(`me:${password}`).toString('base64')}`);
});

test('a token that ended is got anew', async (t) => {
	let count = 0;
	const {registry, ref, tokensAsked} = await stage(t, {
		challenge: bearer,
		takes: (shown) => shown === `Bearer t${count}`,
		tokens: (_, response) => {
			count += 1;
			response.end(JSON.stringify({access_token: `t${count}`, expires_in: 300}));
		},
	});
	await registry.manifest(ref);
	// The registry forgets it: from now on another one counts.
	count += 1;
	await registry.manifest(ref);
	t.is(tokensAsked.length, 2);
});

test('an identity token goes into the body of a POST, not into an address', async (t) => {
	let body = '';
	const {registry, ref, tokensAsked} = await stage(t, {
		challenge: bearer,
		takes: (shown) => shown === 'Bearer t1',
		tokens: (request, response) => {
			request.setEncoding('utf8').on('data', (chunk: string) => {
				body += chunk;
			});
			request.on('end', () => response.end('{"access_token":"t1"}'));
		},
		auth: {identitytoken: 'r3fresh'},
	});
	await registry.manifest(ref);
	t.is(tokensAsked[0]!.method, 'POST');
	t.false(tokensAsked[0]!.url!.includes('r3fresh'));
	t.regex(body, /grant_type=refresh_token.*refresh_token=r3fresh/);
});

test('user and password are shown to a registry that asks for them', async (t) => {
	const right = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
	const {registry, ref, image, headers} = await stage(t, {challenge: () => 'Basic realm="r"', takes: (shown) => shown === right});
	t.is((await registry.manifest(ref)).digest, image.digest);
	t.is(headers.filter(({authorization}) => authorization === undefined).length, 1);
});

const refusals: [string, Partial<Wish>, RegExp][] = [
	[
		'a token server that refuses',
		{tokens: (_, r) => r.writeHead(401).end()},
		/its token server .* does not take the credentials \(401\)/,
	],
	['a stranger', {tokens: (_, r) => r.writeHead(403).end(), auth: {}}, /gives nothing to strangers/],
	['no token in the answer', {tokens: (_, r) => r.end('<html>')}, /something that is no token/],
	['a token with a line break', {tokens: (_, r) => r.end('{"token":"a\\nb"}')}, /something that is no token/],
	[
		'a token server that redirects',
		{tokens: (_, r) => r.writeHead(307, {location: 'http://169.254.169.254/'}).end()},
		/credentials are not carried on/,
	],
	['a token server in plain HTTP that nobody named', {nameTokens: false}, /plain HTTP is spoken only to hosts/],
	['a realm that is no address', {challenge: () => 'Bearer realm="file:///etc/passwd"'}, /no usable address/],
	['a token that is not taken', {takes: () => false}, /does not take the credentials/],
	['no challenge at all', {challenge: () => 'Negotiate'}, /without saying what it wants/],
	[
		'a password where only a token is known',
		{challenge: () => 'Basic realm="r"', auth: {identitytoken: 'x'}},
		/only a token is known/,
	],
];

for (const [name, wish, why] of refusals) {
	test(`${name}: a right message without any secret`, async (t) => {
		const {registry, ref} = await stage(t, {challenge: bearer, takes: (shown) => shown === 'Bearer t1', ...wish});
		const error = await t.throwsAsync(registry.manifest(ref), {instanceOf: RegistryError});
		t.is(error!.fault, 'denied', error!.message);
		t.regex(error!.why, why);
		t.regex(error!.hint, /--auth-file/);
		for (const secret of [password, Buffer.from(`me:${password}`).toString('base64')])
			t.false(String(error!.stack).includes(secret));
	});
}

test('credentials are for one origin: a redirect to another host does not get them', async (t) => {
	const seen: IncomingMessage['headers'][] = [];
	const stock: Stock = new Map();
	const image = makeImage(stock);
	const storage = await serve(t, ({headers}, response) => {
		seen.push(headers);
		response.end(stock.get(image.digest)!.bytes);
	});
	const lie: Lie = (request, response, honest) => {
		if (request.url === '/v2/') return honest();
		if (request.headers.authorization === undefined)
			return response.writeHead(401, {'www-authenticate': 'Basic realm="r"'}).end();
		response.writeHead(307, {location: `http://${storage}/bucket?signature=x`}).end();
	};
	const {host} = await fakeRegistry(t, {stock, tags: {}, lie});
	const file = join(testFolder(), 'config.json');
	writeFileSync(file, JSON.stringify({auths: {[host]: {username: 'me', password}, [storage]: {username: 'me', password}}}));
	const registry = openRegistry({insecure: [host, storage], auth: file, patience, silence});
	t.teardown(() => registry.close());
	t.is((await registry.manifest(`${host}/a/b:1`)).digest, image.digest);
	t.deepEqual(
		seen.map(({authorization}) => authorization),
		[undefined],
	);
});

test('challenges are taken apart', (t) => {
	t.deepEqual(challenges('Bearer realm="https://a/t?x=1,2",service="s\\"q", scope=a:b, Basic realm="x"'), [
		{scheme: 'bearer', params: {realm: 'https://a/t?x=1,2', service: 's"q', scope: 'a:b'}},
		{scheme: 'basic', params: {realm: 'x'}},
	]);
	t.deepEqual(challenges(['Negotiate', 'Basic realm=""']), [
		{scheme: 'negotiate', params: {}},
		{scheme: 'basic', params: {realm: ''}},
	]);
	t.deepEqual(challenges(undefined), []);
	t.deepEqual(challenges('"""'), []);
});
