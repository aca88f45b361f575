/** Upstream is a fake that speaks TLS with an authority of its own; mirrors are fakes over plain HTTP. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer, type RequestListener, type Server} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {type BinariesQuestion, lockBinaries} from '../../src/artifacts/lock-binaries.ts';
import {checksumIn, releaseOf} from '../../src/artifacts/releases.ts';
import {openWire} from '../../src/artifacts/wire.ts';
import type {Lock} from '../../src/model.ts';

const hex = (letter: string) => letter.repeat(64);
const kubelet = 'kubelet/v1.37.1/amd64';
const runc = 'runc/v1.5.2/arm64';
const path = 'release/v1.37.1/bin/linux/amd64/kubelet';

const folder = mkdtempSync(join(tmpdir(), 'kubestrap-tls-'));
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
test.before(() => {
	const subject = ['-subj', '/CN=upstream', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
	const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
	execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], {stdio: 'ignore'});
});

async function listen(t: ExecutionContext, server: Server): Promise<string> {
	server.listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
type Files = Readonly<Record<string, string | number>>;
/** A text is served, a number is the length of a file; a path that leads to another is a redirect. */
const serving =
	(files: Files): RequestListener =>
	({url = '', method}, response) => {
		const file = files[url.slice(1)];
		if (file === undefined) response.writeHead(404).end('<html>no</html>');
		else if (typeof file === 'number') response.writeHead(200, {'content-length': file}).end(method === 'HEAD' ? undefined : 'x');
		else if (file.startsWith('/')) response.writeHead(302, {location: file}).end();
		else response.writeHead(200).end(file);
	};

async function ask(t: ExecutionContext, upstream: Files | undefined, mirror?: Files, more: Partial<BinariesQuestion> = {}) {
	const tls = createTlsServer({key: readFileSync(key), cert: readFileSync(cert)}, serving(upstream ?? {}));
	const host = upstream === undefined ? '127.0.0.1:1' : await listen(t, tls);
	const shop = mirror && (await listen(t, createServer(serving(mirror))));
	const given = {images: {}, insecure: shop ? [shop] : [], ...(shop && {binaries: `http://${shop}/m`})};
	const [mirrors, strict] = [openWire(given), openWire({insecure: [], ca: cert})];
	t.teardown(() => Promise.all([mirrors.close(), strict.close()]));
	const origin = () => `https://${host}`;
	return lockBinaries({keys: [kubelet], mirror: given, mirrors, upstream: strict, origin, ...more});
}
const good: Files = {
	[path]: '/cdn/kubelet',
	'cdn/kubelet': 42,
	[`${path}.sha256`]: hex('a'),
	'opencontainers/runc/releases/download/v1.5.2/runc.arm64': 7,
	'opencontainers/runc/releases/download/v1.5.2/runc.sha256sum': `${hex('b')}  runc.amd64\n${hex('c')} *runc.arm64\n`,
};

test('upstream says what its files are: the checksum beside each, or in a list, and the length behind a redirect', async (t) => {
	const {binaries, problems, verdicts} = await ask(t, good, undefined, {keys: [kubelet, runc]});
	t.deepEqual(problems, []);
	t.deepEqual(verdicts, []);
	t.deepEqual(binaries, {
		[kubelet]: {sha256: hex('a'), size: 42, from: [path]},
		[runc]: {sha256: hex('c'), size: 7, from: ['opencontainers/runc/releases/download/v1.5.2/runc.arm64']},
	});
});

test('upstream is believed only over TLS that the system trusts', async (t) => {
	const wire = openWire({insecure: []});
	t.teardown(() => wire.close());
	const {binaries, problems} = await ask(t, good, undefined, {upstream: wire});
	t.deepEqual(binaries, {});
	t.regex(
		problems[0]?.message ?? '',
		/kubelet\/v1\.37\.1\/amd64: nobody vouches for it; dl\.k8s\.io .*certificate is not trusted/,
	);
	t.regex(problems[0]?.hint ?? '', /--trust FILE/);
});

for (const [what, files, why] of [
	['no checksum', {...good, [`${path}.sha256`]: '<html>sign in</html>'}, /names no checksum of kubelet/],
	['a checksum of another file', {...good, [`${path}.sha256`]: `${hex('a')}  kubectl`}, /names no checksum of kubelet/],
	['no file', {[`${path}.sha256`]: hex('a')}, /HTTP 404/],
	['a list without end', {...good, [`${path}.sha256`]: 'x'.repeat(2 << 20)}, /longer than/],
	['nobody there', undefined, /refused/],
] as const)
	test(`no lock where upstream has ${what}`, async (t) => {
		const {binaries, problems} = await ask(t, files);
		t.deepEqual(binaries, {});
		t.regex(problems[0]?.message ?? '', why);
	});

const trusted: Lock = {
	binaries: {[kubelet]: {sha256: hex('d'), size: 9, from: ['x/y']}},
	images: {},
	madeBy: '',
	madeAt: '',
};
test('a trusted lock is believed instead, and upstream is not asked', async (t) => {
	const {binaries, problems} = await ask(t, undefined, undefined, {trusted});
	t.deepEqual(problems, []);
	t.deepEqual(binaries, {[kubelet]: {sha256: hex('d'), size: 9, from: [path]}});
	const unknown = await ask(t, good, undefined, {trusted, keys: [runc]});
	t.regex(unknown.problems[0]?.message ?? '', /the trusted lock does not have it/);
	t.deepEqual(unknown.binaries, {});
});

for (const [state, files] of [
	['same', {[`m/${path}`]: 42}],
	['different', {[`m/${path}`]: 41}],
	['missing', {}],
] as const)
	test(`a mirror that has a file: ${state}`, async (t) => {
		const {verdicts, problems} = await ask(t, good, files);
		t.is(verdicts[0]?.state, state);
		t.is(problems.length, state === 'same' ? 0 : 1);
	});

test('a folder of this machine is asked like a mirror, in both of its forms', async (t) => {
	const shop = mkdtempSync(join(tmpdir(), 'kubestrap-shop-'));
	const mirror = {images: {}, insecure: [], binaries: pathToFileURL(shop).href};
	t.is((await ask(t, good, undefined, {mirror})).verdicts[0]?.state, 'missing');
	writeFileSync(join(shop, 'kubelet'), 'x'.repeat(42));
	const {verdicts, problems} = await ask(t, good, undefined, {mirror});
	t.is(verdicts[0]?.state, 'same');
	t.deepEqual(problems, []);
	writeFileSync(join(shop, 'kubelet'), 'x');
	t.is((await ask(t, good, undefined, {mirror})).verdicts[0]?.state, 'different');
});

test('the paths are those of the projects, as the mirror of the lab serves them', async (t) => {
	const {releaseRows} = await import('../../hack/laboratory/releases.ts');
	for (const {key, path} of releaseRows('v1.37.1')) t.is(releaseOf(key)?.path, path);
	t.is(releaseOf('nothing/v1/amd64'), undefined);
	t.is(releaseOf('toString/v1/amd64'), undefined);
	t.is(checksumIn(`${hex('e')}  dist/x-runc.arm64\n${hex('f')}  dist/runc.arm64`, 'runc.arm64'), hex('f'));
});
