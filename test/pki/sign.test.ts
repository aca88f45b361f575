import {execFileSync} from 'node:child_process';
import {createHash, generateKeyPairSync, type KeyObject, X509Certificate} from 'node:crypto';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {type Algorithm, keyAlgorithms} from '../../pki/algorithms.ts';
import {certificates} from '../../pki/certificates.ts';
import * as der from '../../pki/der.ts';
import {makeKey} from '../../pki/keys.ts';
import type {Holder} from '../../pki/names.ts';
import {type Profile, profiles} from '../../pki/profiles.ts';
import {readCertificate} from '../../pki/read.ts';
import {issue, type Wanted} from '../../pki/sign.ts';

const fixture = new URL('../fixtures/pki/kubeadm-v1.37.1.json', import.meta.url);
const kubeadm = JSON.parse(readFileSync(fixture, 'utf8')) as Record<Algorithm, Record<string, string>>;
const holder: Holder = {
	nodeName: 'cp1',
	advertiseAddress: '10.0.0.11',
	serviceAddress: '10.96.0.1',
	dnsDomain: 'cluster.local',
	endpointHost: 'api.prod.example',
	apiServerNames: ['*.prod.example', '192.0.2.7', 'fd00::7'],
	etcdServerNames: [],
	etcdPeerNames: [],
	kubernetesVersion: 'v1.37.1',
};
const signers: Partial<Record<Algorithm, Promise<KeyObject>>> = {};

/** Everything that is signed, but for the serial number, which is random. */
function signedPart(pem: string): string {
	const [body, algorithm] = der.partsOf(der.decode(readCertificate(pem).x509.raw));
	const parts = der.partsOf(body).map((part, index) => (index === 1 ? der.integer(Buffer.of(1)) : part));
	return der.encode(der.sequence(der.sequence(...parts), algorithm!)).toString('hex');
}

for (const algorithm of ['RSA-2048', 'ECDSA-P256', 'ECDSA-P384'] as const) {
	for (const row of certificates) {
		// The kubelet's own certificate is the controller manager's work, not kubeadm's.
		if (row.as === 'keys' || row.as === 'pem') continue;
		test(`${row.name} with ${algorithm} is kubeadm's, byte for byte`, async (t) => {
			const theirs = kubeadm[algorithm][row.name]!;
			const {notBefore, notAfter, x509} = readCertificate(theirs);
			const commonName = row.commonName(holder);
			const names = row.names?.(holder) ?? {dns: row.signedBy ? [] : [commonName], ips: []};
			const wanted = {
				commonName,
				organizations: row.organizations?.(holder) ?? [],
				names,
				profile: profiles[row.profile],
				notBefore,
				notAfter,
			};
			signers[algorithm] ??= makeKey(algorithm);
			const ours = issue(wanted, x509.publicKey, {
				certificate: kubeadm[algorithm][row.signedBy ?? row.name]!,
				key: await signers[algorithm],
			});
			t.is(signedPart(ours), signedPart(theirs));
		});
	}
}

const day = 86_400_000;
const now = Date.now();
const wanted = (commonName: string, profile: Profile, more: Partial<Wanted> = {}): Wanted => ({
	commonName,
	organizations: [],
	names: {dns: [], ips: []},
	profile,
	notBefore: new Date(now - 300_000),
	notAfter: new Date(now + day),
	...more,
});

function openssl(files: Record<string, string>, ...args: string[]): string {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-pki-'));
	for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
	return execFileSync('openssl', args, {cwd: folder, encoding: 'utf8', stdio: 'pipe'});
}

for (const algorithm of Object.keys(keyAlgorithms) as Algorithm[]) {
	test(`openssl accepts a chain with ${algorithm}, strictly`, async (t) => {
		const [caKey, key] = await Promise.all([makeKey(algorithm), makeKey('ECDSA-P256')]);
		const ca = issue(wanted('kubernetes', profiles.authority), caKey);
		const names = {dns: ['cp1', 'localhost'], ips: ['10.0.0.11', 'fd00::1']};
		const leaf = issue(wanted('kube-apiserver', profiles.server, {names}), key, {certificate: ca, key: caKey});
		const verify = (...args: string[]) => openssl({ca, leaf}, 'verify', '-x509_strict', '-CAfile', 'ca', ...args, 'leaf');
		t.is(verify('-purpose', 'sslserver', '-verify_hostname', 'localhost'), 'leaf: OK\n');
		t.is(verify('-verify_ip', '10.0.0.11'), 'leaf: OK\n');
		t.is(verify('-verify_ip', 'fd00::1'), 'leaf: OK\n');
		t.throws(() => verify('-purpose', 'sslclient'));
		t.throws(() => verify('-verify_hostname', 'cp2'));
	});
}

test('an authority from elsewhere, with a name in other letters and a P-521 key, stays the issuer', (t) => {
	const config =
		'[req]\nstring_mask=utf8only\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nC=DE\nO=Fuß & Söhne\nCN=Ünï*@_ 企业\n' +
		'[v3]\nbasicConstraints=critical,CA:true\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=none\n';
	const {privateKey: caKey} = generateKeyPairSync('ec', {namedCurve: 'secp521r1'});
	const caPem = caKey.export({type: 'sec1', format: 'pem'}).toString();
	const ca = openssl({config, key: caPem}, 'req', '-x509', '-utf8', '-new', '-key', 'key', '-days', '2', '-config', 'config');
	const {privateKey: key} = generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
	const leaf = issue(wanted('größe', profiles.client, {organizations: ['système']}), key, {
		certificate: `# a comment\n${ca}`,
		key: caKey,
	});
	t.is(openssl({ca, leaf}, 'verify', '-CAfile', 'ca', '-purpose', 'sslclient', 'leaf'), 'leaf: OK\n');
	t.is(readCertificate(leaf).x509.issuer, new X509Certificate(ca).subject);
	t.is(readCertificate(leaf).commonName, 'größe');
	t.deepEqual(readCertificate(leaf).organizations, ['système']);
	// It has no key id, so the leaf names none.
	t.notRegex(openssl({leaf}, 'x509', '-noout', '-text', '-in', 'leaf'), /Authority Key Identifier/);
});

test('the key id is the first 20 bytes of the SHA-256 of the public key bits', async (t) => {
	const key = await makeKey('ECDSA-P256');
	const ca = readCertificate(issue(wanted('kubernetes', profiles.authority), key));
	const point = ca.x509.publicKey.export({type: 'spki', format: 'der'}).subarray(-65);
	t.deepEqual(ca.subjectKeyId, createHash('sha256').update(point).digest().subarray(0, 20));
});

test('a year from 2050 on is written as RFC 5280 wants it', async (t) => {
	const key = await makeKey('ECDSA-P256');
	const notAfter = new Date('2126-10-28T00:05:00Z');
	const pem = issue(wanted('kubernetes', profiles.authority, {notAfter}), key);
	t.deepEqual(readCertificate(pem).notAfter, notAfter);
	t.regex(openssl({pem}, 'asn1parse', '-in', 'pem'), /GENERALIZEDTIME +:21261028000500Z/);
});

test('serial numbers are positive, at most 63 bits, and not the same twice', async (t) => {
	const key = await makeKey('ECDSA-P256');
	const seen = Array.from({length: 50}, () =>
		BigInt(`0x${readCertificate(issue(wanted('ca', profiles.authority), key)).x509.serialNumber}`),
	);
	t.is(new Set(seen).size, 50);
	t.true(seen.every((serial) => serial > 0n && serial < 2n ** 63n - 1n));
});

test('a key that Kubernetes cannot use signs nothing', (t) => {
	const {privateKey} = generateKeyPairSync('ed25519');
	t.throws(() => issue(wanted('ca', profiles.authority), privateKey), {message: /type ed25519 sign no certificates/});
});
