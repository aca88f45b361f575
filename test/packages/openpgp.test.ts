import test from 'ava';
import {dearmor, readPublicKey} from '../../src/packages/openpgp.ts';
import {ended, endless, fingerprints, twoKeys, withSubkey} from './keys.ts';

test('the fingerprint that gpg shows, with or without a subkey', (t) => {
	t.deepEqual(readPublicKey(endless), {fingerprint: fingerprints.endless});
	t.deepEqual(readPublicKey(withSubkey), {fingerprint: fingerprints.withSubkey});
	t.is(readPublicKey(`Comment before\n\n${endless}`).fingerprint, fingerprints.endless);
});

test('when a key ends, as it says of itself', (t) => {
	t.deepEqual(readPublicKey(ended), {fingerprint: fingerprints.ended, expires: Date.UTC(2026, 0, 2)});
});

const v4 = (...bytes: number[]) => Buffer.from(bytes);
const armored = (bytes: Buffer) =>
	`-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${bytes.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----\n`;

test('what is no single key is refused, each with its reason', (t) => {
	const cases: readonly (readonly [string, RegExp])[] = [
		['<html>not here</html>', /no armored public key/],
		[twoKeys, /2 keys/],
		[endless + ended, /several blocks/],
		[endless.slice(0, 200), /cut off/],
		[endless.replace('AQdA', 'A*dA'), /base64/],
		[armored(v4(0xc6, 0x05, 4, 0, 0)), /cut off/],
		[armored(v4(0x06, 0x05)), /no packet/],
		[armored(v4(0xcd, 0x01, 0x61)), /no public key/],
		[armored(Buffer.concat([dearmor(endless), v4(0xc8, 0x01, 0x00)])), /no part of a public key/],
		[armored(v4(0xc6, 0x05, 3, 0, 0, 0, 0)), /version 3/],
		[armored(v4(0x98, 0xff)), /cut off/],
		[armored(v4(0x99, 0xff)), /cut off/],
	];
	for (const [text, says] of cases) t.throws(() => readPublicKey(text), {message: says});
});

test('a key of version 6 has its own fingerprint (RFC 9580, appendix A.3)', (t) => {
	const primary = Buffer.from('c62a0663877fe31b00000020f94da7bb48d60a61e567706a6587d0331999bb9d891a08242ead84543df895a3', 'hex');
	t.is(readPublicKey(armored(primary)).fingerprint, 'CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9');
});
