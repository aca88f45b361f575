import {execFileSync} from 'node:child_process';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {publicPem, readPrivateKey} from '../../pki/keys.ts';
import {readCertificate} from '../../pki/read.ts';
import {IdentityError} from '../../src/errors.ts';
import {identify} from '../../src/identity/identify.ts';
import {tokenMarker} from '../../src/identity/places.ts';
import {openSecrets, type SecretOptions} from '../../src/identity/secrets.ts';
import type {Cluster, Hosts} from '../../src/model.ts';
import {born, clusterOf, type Disk, fresh, hostsOf, now, sitesOf} from './world.ts';

const pki = '/etc/kubernetes/pki';
const made = await born();

function open(
	disk: Disk = {},
	{cluster = clusterOf(), hosts = hostsOf(disk), ...options}: SecretOptions & {cluster?: Cluster; hosts?: Hosts} = {},
) {
	const sites = sitesOf(cluster, disk);
	const secrets = openSecrets(identify(cluster, sites, fresh), cluster, sites, hosts, {now, ...options});
	return {...secrets, text: async (name: string) => (await secrets.get(name)).toString()};
}

test('a certificate and its key belong together, are made once, and chain to the authority', async (t) => {
	const {text} = open();
	const [ca, leaf, key] = await Promise.all([text('ca.crt'), text('apiserver.crt@cp1'), text('apiserver.key@cp1')]);
	t.is(await text('apiserver.crt@cp1'), leaf);
	t.is(publicPem(readPrivateKey(key)), publicPem(readCertificate(leaf).x509.publicKey));
	t.true(readCertificate(leaf).x509.verify(readCertificate(ca).x509.publicKey));
	t.not(await text('apiserver.crt@cp2'), leaf);
	t.deepEqual(readCertificate(leaf).ips, ['0a600001', '0a00000b']);
});

test('periods are the config’s, counted from the run’s begin, dated back five minutes', async (t) => {
	const {text} = open({}, {cluster: clusterOf({certificateValidityPeriod: '87600h0m0s', caCertificateValidityPeriod: '1h30m'})});
	const period = async (name: string) => {
		const {notBefore, notAfter} = readCertificate(await text(name));
		return [notBefore.toISOString(), notAfter.toISOString()];
	};
	t.deepEqual(await period('ca.crt'), ['2026-11-21T00:00:00.000Z', '2026-11-21T01:35:00.000Z']);
	t.deepEqual(await period('apiserver.crt@cp1'), ['2026-11-21T00:00:00.000Z', '2036-11-18T00:05:00.000Z']);
});

test('under an older authority, a kubeconfig’s certificate begins with it, the others with the run', async (t) => {
	const own = {cp1: {[`${pki}/ca.crt`]: made.disk.cp1![`${pki}/ca.crt`]!, [`${pki}/ca.key`]: made.disk.cp1![`${pki}/ca.key`]!}};
	const {text} = open(own, {now: new Date('2026-12-24T00:00:00Z')});
	const begin = async (name: string) => readCertificate(await text(name)).notBefore.toISOString();
	t.is(await begin('admin.conf.crt@cp1'), '2026-11-21T00:00:00.000Z');
	t.is(await begin('apiserver.crt@cp1'), '2026-12-23T23:55:00.000Z');
	t.is(await begin('kubelet-client.pem@w1'), '2026-12-23T23:55:00.000Z');
});

test('keys are of the algorithm asked for, the kubelet’s is what kubelets make', async (t) => {
	const {text} = open({}, {cluster: clusterOf({encryptionAlgorithm: 'RSA-2048'})});
	t.regex(await text('apiserver.key@cp1'), /^-----BEGIN RSA PRIVATE KEY-----\n/);
	t.regex(await text('sa.key'), /^-----BEGIN RSA PRIVATE KEY-----\n/);
	t.regex(await text('sa.pub'), /^-----BEGIN PUBLIC KEY-----\n/);
	const pem = await text('kubelet-client.pem@w1');
	t.regex(
		pem,
		/^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----[^-]+-----END EC PRIVATE KEY-----\n$/,
	);
	const {commonName, organizations, keyUsage, extendedKeyUsage} = readCertificate(pem);
	t.deepEqual(
		[commonName, organizations, keyUsage, extendedKeyUsage],
		['system:node:w1', ['system:nodes'], ['digitalSignature'], ['clientAuth']],
	);
});

test('the hash is what openssl computes of the public key', async (t) => {
	const {text} = open();
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-hash-'));
	writeFileSync(join(folder, 'ca'), await text('ca.crt'));
	const script = 'openssl x509 -pubkey -noout -in ca | openssl pkey -pubin -outform der | sha256sum';
	t.is(await text('ca.hash'), `sha256:${execFileSync('sh', ['-c', script], {cwd: folder, encoding: 'utf8'}).slice(0, 64)}`);
});

test('an own authority is read from its node byte for byte, only when it is needed, and signs', async (t) => {
	const certificate = `a comment\n${made.disk.cp1![`${pki}/ca.crt`]}`;
	const disk = {cp2: {[`${pki}/ca.crt`]: certificate, [`${pki}/ca.key`]: `\n${made.disk.cp1![`${pki}/ca.key`]}\n`}};
	const asked: string[] = [];
	const hosts = hostsOf(disk);
	const cp2 = hosts.get('cp2')!;
	const exec = cp2.exec.bind(cp2);
	cp2.exec = async (argv, options) => {
		asked.push(argv.at(-1)!);
		return exec(argv, options);
	};
	const {text} = open(disk, {hosts});
	t.is(await text('ca.crt'), certificate);
	t.is(await text('ca.anchor'), made.disk.cp1![`${pki}/ca.crt`]!);
	t.deepEqual(asked, []);
	t.true(readCertificate(await text('apiserver.crt@cp1')).x509.verify(readCertificate(certificate).x509.publicKey));
	t.is(await text('ca.key'), disk.cp2[`${pki}/ca.key`]!);
	t.deepEqual(asked, [`${pki}/ca.key`]);
});

for (const [title, spoil] of [
	['cut', (output: string) => output.slice(0, -20)],
	['with a byte flipped', (output: string) => output.replace(/.$/s, 'X')],
	['nothing', () => ''],
] as const) {
	test(`a key that comes over the line ${title} is an error, and is not shown`, async (t) => {
		const {get} = open(made.disk, {hosts: hostsOf(made.disk, spoil)});
		const error = await t.throwsAsync(get('ca.key'), {
			instanceOf: IdentityError,
			message: /ca\.key on cp1 cannot be read: \d+ bytes came/,
		});
		t.notRegex(String(error), /PRIVATE/);
	});
}

test('a file that is gone since the survey is an error with its evidence', async (t) => {
	const {get} = open(made.disk, {hosts: hostsOf({cp1: {}})});
	await t.throwsAsync(get('ca.key'), {
		message: 'ca.key on cp1 cannot be read: No such file or directory'.replace('ca.key', `${pki}/ca.key`),
	});
});

test('a key that is not the certificate’s is found when it is read, where the node could not tell', async (t) => {
	const disk = {cp1: {[`${pki}/ca.crt`]: made.disk.cp1![`${pki}/ca.crt`]!, [`${pki}/ca.key`]: made.disk.cp1![`${pki}/sa.key`]!}};
	const sites = sitesOf(made.cluster, disk).map((site) => ({
		...site,
		facts: {
			...site.facts,
			files: Object.fromEntries(Object.entries(site.facts.files).map(([path, {publicKey: _key, ...seen}]) => [path, seen])),
		},
	}));
	const {get} = openSecrets(identify(made.cluster, sites, fresh), made.cluster, sites, hostsOf(disk), {now});
	await t.throwsAsync(get('apiserver.crt@cp1'), {
		instanceOf: IdentityError,
		message: `${pki}/ca.key on cp1 cannot be used: it is not the key of ${pki}/ca.crt`,
	});
});

test('the key of a kept kubeconfig is read out of it', async (t) => {
	const {text} = open();
	const key = await text('admin.conf.key@cp1');
	const ca = await text('ca.crt');
	const seen = {cp1: {...made.disk.cp1, '/etc/kubernetes/admin.conf': made.disk.cp1!['/etc/kubernetes/admin.conf']!}};
	const {certificate} = JSON.parse(seen.cp1['/etc/kubernetes/admin.conf']) as {certificate: string};
	const conf = `users:\n- name: x\n  user:\n    client-certificate-data: AAAA\n    client-key-data: ${Buffer.from(key).toString('base64')}\n`;
	const kept = open(seen, {hosts: hostsOf({cp1: {'/etc/kubernetes/admin.conf': conf}})});
	t.is(await kept.text('admin.conf.crt@cp1'), certificate);
	await t.throwsAsync(kept.text('admin.conf.key@cp1'), {message: /it is not the key of/});
	t.not(ca, certificate);
});

test('without its key an authority signs nothing', async (t) => {
	const bare = structuredClone(made.disk);
	delete bare.cp1![`${pki}/ca.key`];
	delete bare.cp2![`${pki}/ca.key`];
	await t.throwsAsync(open(bare).get('ca.key'), {instanceOf: IdentityError, message: /is on no control plane/});
});

test('a random token has its form, and its parts belong together', async (t) => {
	const {text, values} = open();
	const token = await text('bootstrap-token');
	t.regex(token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
	t.is(`${await text('bootstrap-token.id')}.${await text('bootstrap-token.secret')}`, token);
	t.true(values().includes(token.slice(7)));
	t.not(await open().text('bootstrap-token'), token);
});

test('a token comes from the environment or a file, when it is needed', async (t) => {
	const token = {ttl: '24h', usages: [], groups: []};
	const path = join(mkdtempSync(join(tmpdir(), 'kubestrap-token-')), 'token');
	writeFileSync(path, 'abcdef.0123456789abcdef\n');
	const from = (source: {env: string} | {file: string}) => clusterOf({}, {bootstrapTokens: [{...token, from: source}]});
	t.is(await open({}, {cluster: from({file: path})}).text('bootstrap-token'), 'abcdef.0123456789abcdef');
	const cluster = from({env: 'KUBESTRAP_TEST_TOKEN'});
	t.is(
		await open({}, {cluster, environment: {KUBESTRAP_TEST_TOKEN: 'abcdef.0123456789abcdef'}}).text('bootstrap-token.secret'),
		'0123456789abcdef',
	);
	await t.throwsAsync(open({}, {cluster}).get('bootstrap-token'), {message: /variable KUBESTRAP_TEST_TOKEN is not set/});
	const error = await t.throwsAsync(open({}, {cluster, environment: {KUBESTRAP_TEST_TOKEN: 'canary'}}).get('bootstrap-token'), {
		instanceOf: IdentityError,
	});
	t.notRegex(String(error), /canary/);
	await t.throwsAsync(open({}, {cluster: from({file: `${path}.gone`})}).get('bootstrap-token'), {
		message: /cannot be read: ENOENT/,
	});
});

test('an interrupted birth goes on with the key that was written', async (t) => {
	const path = `${pki}/ca.key`;
	const disk = {cp1: {[path]: made.disk.cp1![path]!}};
	const ownership = {
		clusterId: 'x',
		name: 'demo',
		writer: '',
		fence: 1,
		birthMembers: [],
		owned: [{kind: 'file', name: path, before: null}],
	};
	const sites = sitesOf(made.cluster, disk, {cp1: {ownership}});
	const {get} = openSecrets(identify(made.cluster, sites, fresh), made.cluster, sites, hostsOf(disk), {now});
	t.is((await get('ca.key')).toString(), disk.cp1[path]!);
	const certificate = readCertificate((await get('ca.crt')).toString());
	t.is(publicPem(certificate.x509.publicKey), publicPem(readPrivateKey(disk.cp1[path]!)));
});

test('a token ends after its time to live, in whole seconds', async (t) => {
	t.is(await open().text('bootstrap-token.expiration'), '2026-11-22T00:05:00Z');
	const cluster = clusterOf({}, {bootstrapTokens: [{ttl: '1h30m0s', usages: [], groups: []}]});
	t.is(await open({}, {cluster}).text('bootstrap-token.expiration'), '2026-11-21T01:35:00Z');
});

test('of a token of an earlier birth only the id is known', async (t) => {
	const {text} = open({...made.disk, cp1: {...made.disk.cp1, [tokenMarker]: 'abcdef 2026-11-20T00:00:00Z'}});
	t.is(await text('bootstrap-token.id'), 'abcdef');
	await t.throwsAsync(text('bootstrap-token'), {message: /the secret of bootstrap token abcdef is not kept/});
});

test('warming makes everything, and every private value is known for redaction', async (t) => {
	const cluster = clusterOf();
	const sites = sitesOf(cluster);
	const identity = identify(cluster, sites, fresh);
	const secrets = openSecrets(identity, cluster, sites, hostsOf({}), {now});
	secrets.warm();
	for (const {id} of Object.values(identity.items)) {
		if (id.startsWith('bootstrap-token')) continue;
		const [head, at] = id.split('@');
		const name = `${head}.${head === 'kubelet-client' ? 'pem' : 'key'}${at ? `@${at}` : ''}`;
		const text = (await secrets.get(name)).toString();
		t.true(
			secrets.values().some((value) => text.endsWith(value)),
			name,
		);
		if (head !== 'kubelet-client') t.true(secrets.values().includes(Buffer.from(text).toString('base64')), name);
	}
	t.is(secrets.values().filter((value) => value.includes('PRIVATE KEY')).length, Object.keys(identity.items).length - 1);
});

test('a name that nobody knows is our mistake', async (t) => {
	for (const name of ['apiserver.key@cp9', 'nothing', 'ca', 'apiserver.hash', 'etcd/ca.secret']) {
		await t.throwsAsync(open().get(name), {instanceOf: IdentityError, message: /there is no secret called/});
	}
});
