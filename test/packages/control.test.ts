import test from 'ava';
import {clearText, readPackages, readRelease, stanzas} from '../../src/packages/control.ts';
import {compareVersions} from '../../src/packages/deb-version.ts';

const sum = 'a'.repeat(64);
const index = `Package: kubelet
Architecture: amd64
Version: 1.37.1-1.1
Filename: ./amd64/kubelet_1.37.1-1.1_amd64.deb
Size: 42
SHA256: ${sum.toUpperCase()}
Description: node agent
 more of it
 .
 and more

Package: without-sum
Version: 1
Filename: x.deb
Size: 1
`;

test('an index: paths without ./, sums in small letters, and what lacks a sum is not there', (t) => {
	t.deepEqual(readPackages(index), [
		{name: 'kubelet', arch: 'amd64', version: '1.37.1-1.1', from: 'amd64/kubelet_1.37.1-1.1_amd64.deb', size: 42, sha256: sum},
	]);
});

test('fields go on in lines that begin with white space; names have no case; comments are none', (t) => {
	const [one, two] = stanzas(index.replace('Package:', '# a comment\nPACKAGE:'));
	t.is(one?.get('package'), 'kubelet');
	t.is(one?.get('description'), 'node agent\nmore of it\n.\nand more');
	t.is(two?.get('package'), 'without-sum');
});

const release = `Suite: bookworm
Date: Sat, 21 Nov 2026 06:27:52 +0000
Valid-Until: Sat, 28 Nov 2026 06:27:52 +0000
MD5Sum:
 ef42f9e12f46279d35333c5a0d6e626d 2511 Packages
SHA256:
 ${sum} 2511 main/binary-amd64/Packages
`;

test('a Release: its sums by SHA-256 alone, and until when it holds', (t) => {
	const {suite, validUntil, files, codename} = readRelease(release);
	t.is(suite, 'bookworm');
	t.is(codename, undefined);
	t.is(validUntil, 'Sat, 28 Nov 2026 06:27:52 +0000');
	t.deepEqual([...files], [['main/binary-amd64/Packages', {sha256: sum, size: 2511}]]);
});

test('what was signed in clear: dashes unescaped, nothing of the signature', (t) => {
	const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n- -dash\n${release}-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n`;
	t.is(clearText(signed), `-dash\n${release.trimEnd()}`);
	t.is(clearText(release), undefined);
});

test('what stands beside the signed text is never taken for it: gpgv passes over it, and so the whole is refused', (t) => {
	const signature = '-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n';
	const good = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nOrigin: good\n${signature}`;
	t.is(clearText(good.replaceAll('\n', '\r\n')), 'Origin: good');
	const evil = 'Hash: SHA512\r\n\r\nOrigin: evil\r\n-----BEGIN PGP SIGNATURE-----';
	// For gpgv these are lines of no meaning, in front of the block that it verifies.
	const beside = [
		`junk\r-----BEGIN PGP SIGNED MESSAGE-----\r\n${evil}x\n${good}`,
		`junk\u2028-----BEGIN PGP SIGNED MESSAGE-----\n${evil}x\n${good}`,
		`\n${good}`,
		`${good}${good}`,
		`${good}Origin: evil\n`,
		good.replace('Hash: SHA512', 'NotDashEscaped: yes'),
		good.replace('Origin', '-----BEGIN PGP SIGNED MESSAGE-----\n\nOrigin'),
		good.replace('abc', '-----BEGIN PGP SIGNATURE-----'),
	];
	for (const text of beside) t.is(clearText(text), undefined, text);
});

test("versions in Debian's order", (t) => {
	const sorted = [
		'1.0~rc1-1',
		'1.0-1~bpo12+1',
		'1.0-1',
		'1.0-1.1',
		'1.0a-1',
		'1.0+ds-1',
		'1.2-1',
		'1.10-1',
		'1.37.1-1.1',
		'2.1.4-1~debian.12~bookworm',
		'2.1.4-1~debian.13~trixie',
		'1:0.1-1',
	];
	for (let at = 1; at < sorted.length; at++) {
		t.true(compareVersions(sorted[at - 1]!, sorted[at]!) < 0, `${sorted[at - 1]} < ${sorted[at]}`);
		t.true(compareVersions(sorted[at]!, sorted[at - 1]!) > 0);
	}
	t.is(compareVersions('0:1.0-1', '1.0-1'), 0);
	t.is(compareVersions('1.0-', '1.0'), 0);
});
