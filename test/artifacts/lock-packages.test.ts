import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {gzipSync} from 'node:zlib';
import test from 'ava';
import {lockPackages, type PackagesQuestion} from '../../src/artifacts/lock-packages.ts';
import {localShell, verifierOf} from '../../src/artifacts/signatures.ts';
import {type Wire, WireError} from '../../src/artifacts/wire.ts';
import {cluster} from '../checks/sample.ts';
import {endless, fingerprints} from '../packages/keys.ts';

const base = 'https://mirror.test';
const flat = '/k/core/stable/v1.37/deb';
const row = (name: string, version: string, arch = 'amd64') =>
	`Package: ${name}\nVersion: ${version}\nArchitecture: ${arch}\nFilename: ./${arch}/${name}_${version}.deb\nSize: 7\nSHA256: ${'a'.repeat(64)}\n`;
const index = [
	...['kubelet', 'kubeadm', 'kubectl'].flatMap((name) => [
		row(name, '1.37.1-1.1'),
		row(name, '1.37.1-1.2'),
		row(name, '1.37.10-1.1'),
	]),
	row('cri-tools', '1.9.0-1.1'),
	row('cri-tools', '1.36.0-1.1'),
	row('kubernetes-cni', '1.9.1-1.1', 'all'),
].join('\n');
const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const signedBy = (text: string) =>
	`-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`;

/** A mirror of files; what it does not have is 404. */
function mirror(over: Readonly<Record<string, string | Buffer | undefined>> = {}, more = '') {
	const packed = gzipSync(index);
	const release = `${more}SHA256:\n ${sum(packed)} ${packed.length} Packages.gz\n`;
	const files: Record<string, string | Buffer | undefined> = {
		[`${flat}/InRelease`]: signedBy(release),
		[`${flat}/Packages.gz`]: packed,
		[`${flat}/Release.key`]: endless,
		...over,
	};
	const asked: string[] = [];
	const get: Wire['get'] = async (url) => {
		asked.push(url);
		const file = files[url.replace(base, '')];
		return {status: file === undefined ? 404 : 200, headers: {}, body: Readable.from([Buffer.from(file ?? '')])};
	};
	return {wire: {get, ask: get as never, close: async () => {}} satisfies Wire, asked};
}

const trusted = {
	binaries: {},
	images: {},
	packages: {kubernetes: {repository: 'x', fingerprint: fingerprints.endless, files: {}}},
	madeBy: '',
	madeAt: '',
};
/** A fake of gpgv that finds everything right. */
const verify = async () => fingerprints.endless;
const question = (more: Partial<PackagesQuestion> & Pick<PackagesQuestion, 'wire'>): PackagesQuestion => ({
	cluster: cluster({
		kubernetes: {source: 'packages'},
		mirror: {images: {}, insecure: [], packages: {kubernetes: `${base}/k`}},
	}),
	version: 'v1.37.1',
	archs: ['amd64'],
	verify,
	trusted,
	...more,
});

test('the newest of each package, those of Kubernetes at its version; the key by its fingerprint', async (t) => {
	const {packages, problems} = await lockPackages(question(mirror()));
	t.deepEqual(problems, []);
	const {repository, fingerprint, files} = packages!.kubernetes!;
	t.is(repository, 'core/stable/v1.37/deb');
	t.is(fingerprint, fingerprints.endless);
	t.deepEqual(Object.fromEntries(Object.entries(files).map(([name, {version}]) => [name, version])), {
		'kubelet/amd64': '1.37.1-1.2',
		'kubeadm/amd64': '1.37.1-1.2',
		'kubectl/amd64': '1.37.1-1.2',
		'cri-tools/amd64': '1.36.0-1.1',
		'kubernetes-cni/all': '1.9.1-1.1',
	});
	t.is(files['kubelet/amd64']!.from, 'amd64/kubelet_1.37.1-1.2.deb');
});

test('without a word of packages nobody is asked', async (t) => {
	const {wire, asked} = mirror();
	t.deepEqual(await lockPackages({...question({wire}), cluster: cluster()}), {problems: []});
	t.deepEqual(asked, []);
});

const refusals: readonly (readonly [string, Partial<PackagesQuestion> & Pick<PackagesQuestion, 'wire'>, RegExp])[] = [
	['nobody can check', {...mirror(), verify: undefined}, /nobody here can check its signature/],
	[
		"a key that is not the publisher's",
		{...mirror(), trusted: undefined},
		/fingerprint 554AEC.*, not DE15B14486CD377B9E876E1A234654DA9A296436/,
	],
	['no key', mirror({[`${flat}/Release.key`]: undefined}), /Release\.key: HTTP 404/],
	['no signature', mirror({[`${flat}/InRelease`]: 'SHA256:\n'}), /InRelease is not signed/],
	['a half synced mirror', mirror({[`${flat}/Packages.gz`]: gzipSync('')}), /half synced/],
	['an end that has come', mirror({}, 'Valid-Until: Thu, 01 Jan 2026 00:00:00 UTC\n'), /holds no more/],
	['an architecture that it has not', {...mirror(), archs: ['arm64']}, /no kubelet 1\.37\.1 \(arm64\), no kubeadm/],
	[
		'a bad signature',
		{
			...mirror(),
			verify: async () => {
				throw new Error('its signature does not fit: it was changed');
			},
		},
		/InRelease: its signature does not fit/,
	],
	[
		'a silent mirror',
		{
			wire: {
				...mirror().wire,
				get: async () => {
					throw new WireError('the connection was refused');
				},
			},
		},
		/refused/,
	],
];
for (const [what, more, says] of refusals)
	test(`${what}: refused, with what to do`, async (t) => {
		const {packages, problems} = await lockPackages(question({...more, now: Date.UTC(2026, 5, 1)}));
		t.deepEqual(packages, {});
		t.is(problems.length, 1);
		t.regex(problems[0]!.message, says);
		t.true((problems[0]!.hint ?? '').length > 10);
	});

test("Docker's packages are made for a distribution: without one it is asked for", async (t) => {
	const runtime = {source: 'packages', package: 'containerd.io'} as const;
	const {problems} = await lockPackages({...question(mirror()), cluster: cluster({runtime})});
	t.regex(problems[0]!.hint!, /--distribution debian\/bookworm/);
});

const hasGpg = spawnSync('gpg', ['--version']).status === 0 && spawnSync('gpgv', ['--version']).status === 0;
(hasGpg ? test : test.skip)(
	'a real signature: right by its key, wrong by another, changed, and by a key that has ended',
	async (t) => {
		t.timeout(60_000);
		const folder = mkdtempSync(join(tmpdir(), 'ks-'));
		const gpg = (home: string, ...args: string[]) => {
			const run = spawnSync('gpg', ['--homedir', join(folder, home), '--batch', '--yes', '--quiet', ...args], {encoding: 'utf8'});
			t.is(run.status, 0, run.stderr);
			return run.stdout;
		};
		const make = (home: string, ...time: string[]) => {
			spawnSync('mkdir', ['-m', '700', join(folder, home)]);
			gpg(
				home,
				...time,
				'--passphrase',
				'',
				'--quick-gen-key',
				`${home} <${home}@test>`,
				'ed25519',
				'sign',
				time.length > 0 ? 'seconds=86400' : 'never',
			);
			writeFileSync(join(folder, 'text'), 'Suite: x\n- dash\n');
			gpg(home, ...time, '--clearsign', '--output', join(folder, `${home}.signed`), join(folder, 'text'));
			return {key: gpg(home, '--armor', '--export'), signed: readFileSync(join(folder, `${home}.signed`), 'utf8')};
		};
		try {
			const [one, other] = [make('one'), make('other')];
			const ended = make('ended', '--faked-system-time', '20260101T000000!');
			const check = (await verifierOf(localShell))!;
			t.regex(await check(one.signed, one.key), /^[0-9A-F]{40}$/);
			await t.throwsAsync(check(one.signed, other.key), {message: /another key/});
			await t.throwsAsync(check(one.signed.replace('Suite: x', 'Suite: y'), one.key), {message: /was changed/});
			await t.throwsAsync(check(ended.signed, ended.key), {message: /has expired/});
			await t.throwsAsync(check('no signature\n', one.key), {message: /could not be checked/});
		} finally {
			for (const home of ['one', 'other', 'ended']) spawnSync('gpgconf', ['--homedir', join(folder, home), '--kill', 'all']);
			rmSync(folder, {recursive: true, force: true});
		}
	},
);

test('a machine without gpgv is none that can check', async (t) => {
	t.is(await verifierOf(async () => ({code: 127, stdout: '', stderr: ''})), undefined);
});

test('what the publisher signed for another distribution is refused', async (t) => {
	const one = {
		...question(mirror()),
		cluster: cluster({
			runtime: {source: 'packages', package: 'containerd.io'},
			mirror: {images: {}, insecure: [], packages: {docker: `${base}/d`}},
		}),
		distribution: {id: 'debian', codename: 'bookworm'},
		trusted: {...trusted, packages: {docker: {...trusted.packages.kubernetes}}},
	};
	const packed = gzipSync(row('containerd.io', '2.1.4-1'));
	const served = (names: string) => {
		const path = 'stable/binary-amd64/Packages.gz';
		const release = `${names}SHA256:\n ${sum(packed)} ${packed.length} ${path}\n`;
		const folder = '/d/linux/debian/dists/bookworm';
		return mirror({[`${folder}/InRelease`]: signedBy(release), [`${folder}/${path}`]: packed, '/d/linux/debian/gpg': endless});
	};
	for (const names of ['', 'Suite: bookworm\n', 'Suite: oldstable\nCodename: bookworm\n'])
		t.deepEqual((await lockPackages({...one, ...served(names)})).problems, []);
	const {problems} = await lockPackages({...one, ...served('Suite: oldoldstable\nCodename: bullseye\n')});
	t.regex(problems[0]!.message, /its Release is that of bullseye, oldoldstable, not of bookworm/);
});
