import {execFileSync, spawn} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {env} from 'node:process';
import {pathToFileURL} from 'node:url';
import test from 'ava';
import {openArtifact} from '../../src/artifacts/cache.ts';
import {ConfigError, StepError} from '../../src/errors.ts';
import type {LockedBinary, Mirror} from '../../src/model.ts';
import {testFolder} from '../folder.ts';

const bytes = randomBytes(300_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const silence = {connect: 1000, headers: 1000, body: 300};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A mirror on loopback with one place per answer, in the order in which they are asked; each counts its requests. */
async function mirrors(t: {teardown(end: () => void): void}, ...answers: Answer[]) {
	const asked = answers.map(() => [] as (string | undefined)[]);
	const server = createServer((request, response) => {
		const index = Number(request.url!.split('/')[2]);
		asked[index]!.push(request.headers.range);
		answers[index]!(request, response);
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
	const locked: LockedBinary = {sha256, size: bytes.length, from: answers.map((_, index) => `release/${index}/thing`)};
	const mirror: Mirror = {images: {}, binaries: `http://${host}`, insecure: [host]};
	return {asked, host, locked, mirror};
}

const good: Answer = (_, response) => response.end(bytes);
const resumable: Answer = ({headers}, response) => {
	const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
	if (from > 0) response.writeHead(206, {'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`});
	response.end(bytes.subarray(from));
};
const notFound: Answer = (_, response) => response.writeHead(404).end('gone');
const page: Answer = (_, response) =>
	response.writeHead(200, {'content-type': 'text/html; charset=utf-8'}).end('<html>please log in</html>');
const flipped: Answer = (_, response) => {
	const wrong = Buffer.from(bytes);
	wrong[1234]! ^= 1;
	response.end(wrong);
};
const tooLong: Answer = (_, response) => {
	response.write(bytes);
	response.end('and more');
};
const silent: Answer = () => {};
/** Promises all bytes and closes after some of them. */
const cut =
	(at: number): Answer =>
	(_, response) => {
		response.writeHead(200, {'content-length': bytes.length});
		response.write(bytes.subarray(0, at), () => response.destroy());
	};
const stalled: Answer = (_, response) => {
	response.writeHead(200, {'content-length': bytes.length});
	response.write(bytes.subarray(0, 1000));
};

/** The same over TLS, with a certificate that signs itself. */
async function overTls(t: {teardown(end: () => void): void}, answer: Answer): Promise<{host: string; cert: string}> {
	const folder = testFolder();
	const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
	const subject = ['-subj', '/CN=mirror', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
	execFileSync(
		'openssl',
		['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', key, '-out', cert, ...subject],
		{stdio: 'ignore'},
	);
	const server = createTlsServer({key: readFileSync(key), cert: readFileSync(cert)}, answer).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return {host: `127.0.0.1:${(server.address() as AddressInfo).port}`, cert};
}

test('a file is fetched once, verified and kept under its digest', async (t) => {
	const {asked, locked, mirror} = await mirrors(t, good);
	const folder = testFolder();
	const seen: number[] = [];
	const options = {folder, onProgress: ({done}: {done: number}) => void seen.push(done)};
	const both = await Promise.all([
		openArtifact('thing/v1/amd64', locked, mirror, options),
		openArtifact('thing/v1/amd64', locked, mirror, options),
	]);
	t.deepEqual(
		both.map(({path}) => path),
		[join(folder, sha256), join(folder, sha256)],
	);
	t.deepEqual(readFileSync(both[0].path), bytes);
	t.is(asked[0]!.length, 1);
	t.is(seen.at(-1), bytes.length);
	t.deepEqual(readdirSync(folder), [sha256]);
});

const otherSize: Answer = (_, response) => response.end(bytes.subarray(1));

/** Without a length, as a server that makes its pages anew each time. */
const chunked =
	(type: string, text: string): Answer =>
	(_, response) => {
		response.writeHead(200, {'content-type': type}).write(text.slice(0, 2));
		response.end(text.slice(2));
	};
const json: Answer = (_, response) => {
	const text = '{"errors": [{"code": "DENIED", "message": "no\u001b[31m entry"}]}';
	response.writeHead(200, {'content-type': 'application/octet-stream', 'content-length': Buffer.byteLength(text)}).end(text);
};
const forbidden: Answer = (_, response) => response.writeHead(403).end();

const faults: [string, Answer, RegExp, RegExp?][] = [
	['404', notFound, /HTTP 404/, /has the mirror been synchronised/],
	['403', forbidden, /HTTP 403/, /wants to know who asks/],
	['a web page', page, /it answers with a web page instead of the file/, /a login page or a proxy/],
	[
		'a web page without a length',
		chunked('text/plain', '<!DOCTYPE html><p>hello'),
		/a web page instead of the file/,
		/a login page/,
	],
	[
		'an error in JSON',
		json,
		/an error in JSON instead of the file: \{"errors": \[\{"code": "DENIED", "message": "no/,
		/its words say which/,
	],
	['an error in JSON without a length', chunked('application/json', '[{"a": 1}]'), /an error in JSON instead of the file: \[\{/],
	['a flipped byte', flipped, new RegExp(`its sha256 is [0-9a-f]{64}, the lock says ${sha256}`), /other bytes than upstream/],
	['another size', otherSize, /it has 299999 bytes, the lock says 300000/, /have it synchronised/],
	['a longer file', tooLong, /longer than the 300000 bytes/, /have it synchronised/],
	['no answer', silent, /no answer to the request/, /a firewall or a proxy/],
	['an end too early', cut(1000), /cut short after \d+ of 300000 bytes: the connection broke off/, /gone on with/],
	['a stalled transfer', stalled, /cut short after 1000 of 300000 bytes: the transfer stalled/, /gone on with/],
];

for (const [name, answer, said, remedy] of faults) {
	test(`${name}: the next address is tried`, async (t) => {
		const {asked, locked, mirror} = await mirrors(t, answer, good);
		const {path} = await openArtifact('thing/v1/amd64', locked, mirror, {folder: testFolder(), silence});
		t.deepEqual(readFileSync(path), bytes);
		t.true(asked[0]!.length >= 1);
	});

	test(`${name}: with no other address the error names it, and no wrong file is kept`, async (t) => {
		const {host, locked, mirror} = await mirrors(t, answer);
		const folder = testFolder();
		const error = await t.throwsAsync(openArtifact('thing/v1/amd64', locked, mirror, {folder, silence}), {instanceOf: StepError});
		t.true(error!.message.startsWith('thing/v1/amd64: no address gave'));
		t.true(error!.message.includes(`http://${host}/release/0/thing: `));
		t.regex(error!.message, said);
		t.regex(error!.hint, remedy ?? /./);
		t.notRegex(error!.message, /[\p{Cc}--\n]/v);
		t.false(readdirSync(folder).includes(sha256));
	});
}

test('a dead mirror: refused connections are named, all of them', async (t) => {
	const locked: LockedBinary = {sha256, size: bytes.length, from: ['release/v1/thing', 'release/v2/thing']};
	const mirror: Mirror = {images: {}, binaries: 'http://127.0.0.1:9', insecure: ['127.0.0.1:9']};
	const error = await t.throwsAsync(openArtifact('thing/v1/amd64', locked, mirror, {folder: testFolder()}), {
		instanceOf: StepError,
	});
	t.regex(error!.message, /release\/v1\/thing: the connection was refused\n.*release\/v2\/thing: the connection was refused/);
});

test('a transfer that breaks off goes on where it stopped', async (t) => {
	let hangUp = () => {};
	const {asked, locked, mirror} = await mirrors(t, (request, response) => {
		if (request.headers.range !== undefined) return resumable(request, response);
		response.writeHead(200, {'content-length': bytes.length});
		response.write(bytes.subarray(0, 100_000));
		hangUp = () => void response.destroy();
	});
	const onProgress = ({done}: {done: number}) => done === 100_000 && hangUp();
	const {path} = await openArtifact('thing/v1/amd64', locked, mirror, {folder: testFolder(), onProgress});
	t.deepEqual(readFileSync(path), bytes);
	t.deepEqual(asked[0], [undefined, 'bytes=100000-']);
});

test('bytes of a lying mirror do not spoil what the next one gives', async (t) => {
	const liar: Answer = (_, response) => {
		response.writeHead(200, {'content-length': bytes.length});
		response.write(randomBytes(50_000), () => response.destroy());
	};
	const {locked, mirror} = await mirrors(t, liar, resumable);
	const {path} = await openArtifact('thing/v1/amd64', locked, mirror, {folder: testFolder()});
	t.deepEqual(readFileSync(path), bytes);
});

test('what a dead process had fetched is taken over', async (t) => {
	const {asked, locked, mirror} = await mirrors(t, resumable);
	const folder = testFolder();
	const gone = spawn('true');
	await new Promise((resolve) => gone.once('exit', resolve));
	writeFileSync(join(folder, `${sha256}.part-${gone.pid}`), bytes.subarray(0, 200_000));
	const {path} = await openArtifact('thing/v1/amd64', locked, mirror, {folder});
	t.deepEqual(readFileSync(path), bytes);
	t.deepEqual(asked[0], ['bytes=200000-']);
	t.deepEqual(readdirSync(folder), [sha256]);
});

test('a file in the cache is only trusted when its bytes are right', async (t) => {
	const {asked, locked, mirror} = await mirrors(t, good);
	for (const [content, requests] of [
		[bytes, 0],
		[Buffer.alloc(bytes.length), 1],
		[bytes.subarray(1), 2],
	] as const) {
		const folder = testFolder();
		writeFileSync(join(folder, sha256), content);
		const {path} = await openArtifact('thing/v1/amd64', locked, mirror, {folder});
		t.deepEqual(readFileSync(path), bytes);
		t.is(asked[0]!.length, requests);
	}
});

test('redirects are followed, but not to plain HTTP elsewhere', async (t) => {
	const target = await mirrors(t, good);
	const {locked, mirror} = await mirrors(t, (_, response) =>
		response.writeHead(302, {location: `http://${target.host}/release/0/moved`}).end(),
	);
	const trusting = {...mirror, insecure: [...mirror.insecure, target.host]};
	const {path} = await openArtifact('thing/v1/amd64', locked, trusting, {folder: testFolder()});
	t.deepEqual(readFileSync(path), bytes);
	const error = await t.throwsAsync(openArtifact('thing/v1/amd64', locked, mirror, {folder: testFolder()}));
	t.regex(error!.message, new RegExp(`plain HTTP is spoken only to hosts that mirror.insecure names \\(${target.host}`));
});

test('a certificate is checked against mirror.ca, or not at all where the operator said so', async (t) => {
	const {host, cert} = await overTls(t, good);
	const locked: LockedBinary = {sha256, size: bytes.length, from: [`https://${host}/thing`]};
	const open = (mirror: Partial<Mirror>) =>
		openArtifact('thing/v1/amd64', locked, {images: {}, insecure: [], ...mirror}, {folder: testFolder()});
	const error = await t.throwsAsync(open({}), {instanceOf: StepError});
	t.regex(error!.message, /the certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\); name its CA in mirror.ca/);
	await t.notThrowsAsync(open({ca: cert}));
	await t.notThrowsAsync(open({insecure: [host]}));
	const none = join(testFolder(), 'ca.pem');
	writeFileSync(none, 'no certificate');
	await t.throwsAsync(open({ca: none}), {message: /ca\.pem: the authority of the mirrors holds no certificate in PEM form/});
	const unread = await t.throwsAsync(open({ca: '/nowhere/ca.pem'}), {instanceOf: ConfigError});
	t.regex(unread.message, /\/nowhere\/ca.pem: the authority of the mirrors cannot be read \(ENOENT\)/);
});

test('no word of the environment makes a certificate trusted', async (t) => {
	const {host} = await overTls(t, good);
	const locked: LockedBinary = {sha256, size: bytes.length, from: [`https://${host}/thing`]};
	env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
	try {
		const error = await t.throwsAsync(
			openArtifact('thing/v1/amd64', locked, {images: {}, insecure: []}, {folder: testFolder()}),
			{instanceOf: StepError},
		);
		t.regex(error.message, /the certificate is not trusted/);
	} finally {
		delete env.NODE_TLS_REJECT_UNAUTHORIZED;
	}
});

test('upstream itself with other bytes than the lock has: it says that upstream changed, and how to go on', async (t) => {
	for (const answer of [flipped, otherSize]) {
		const {host, cert} = await overTls(t, answer);
		const locked: LockedBinary = {sha256, size: bytes.length, from: [`https://${host}/thing`]};
		const open = openArtifact('thing/v1/amd64', locked, {images: {}, insecure: [], ca: cert}, {folder: testFolder(), silence});
		const error = await t.throwsAsync(open, {instanceOf: StepError});
		t.regex(error!.message, /thing: upstream changed: it/);
		t.regex(error!.hint, /kubestrap images lock --only binaries/);
	}
});

test('a folder of this machine gives files too: laid out as upstream, or side by side', async (t) => {
	const shop = testFolder();
	const locked: LockedBinary = {sha256, size: bytes.length, from: ['release/v1/bin/thing']};
	const mirror: Mirror = {images: {}, binaries: pathToFileURL(shop).href, insecure: []};
	const open = (folder = testFolder()) => openArtifact('thing/v1/amd64', locked, mirror, {folder});
	const missing = await t.throwsAsync(open(), {instanceOf: StepError});
	t.regex(missing!.message, /file:\/\/.*\/release\/v1\/bin\/thing: there is no such file/);
	writeFileSync(join(shop, 'thing'), bytes);
	t.deepEqual(readFileSync((await open()).path), bytes);
	// What came before is gone on with.
	const folder = testFolder();
	const gone = spawn('true');
	await new Promise((resolve) => gone.once('exit', resolve));
	writeFileSync(join(folder, `${sha256}.part-${gone.pid}`), bytes.subarray(0, 200_000));
	t.deepEqual(readFileSync((await open(folder)).path), bytes);
	writeFileSync(join(shop, 'thing'), '{"auths": {"secret": "c2VjcmV0"}}');
	const secret = await t.throwsAsync(open(), {instanceOf: StepError});
	t.notRegex(secret!.message, /secret/);
});

test('an abort ends a stalled transfer at once and keeps what came', async (t) => {
	const {locked, mirror} = await mirrors(t, stalled);
	const folder = testFolder();
	const stop = new AbortController();
	const work = openArtifact('thing/v1/amd64', locked, mirror, {folder, signal: stop.signal, onProgress: () => stop.abort()});
	await t.throwsAsync(work, {name: 'Interrupted'});
	t.deepEqual(readdirSync(folder), [`${sha256}.part-${process.pid}`]);
});
