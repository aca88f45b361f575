/** Reads the public half that stands in clear beside or inside an encrypted private key (OpenSSH's PROTOCOL.key). */
import {readFileSync} from 'node:fs';

const magic = Buffer.from('openssh-key-v1\0');

/** The wire-format public key of a private key file: from its own header, else from the `.pub` file beside it. */
export function publicBlobOf(text: Buffer, file: string): Buffer | undefined {
	return fromHeader(text) ?? fromPub(`${file}.pub`);
}

function fromHeader(text: Buffer): Buffer | undefined {
	const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text.toString('latin1')) ?? [];
	const bytes = Buffer.from(body ?? '', 'base64');
	if (!bytes.subarray(0, magic.length).equals(magic)) return undefined;
	// Cipher, KDF and its options, each a length and bytes; then the number of keys; then the public key.
	let at = magic.length;
	const string = () => {
		if (at + 4 > bytes.length) return Buffer.alloc(0);
		const start = at + 4;
		at = start + bytes.readUInt32BE(at);
		return bytes.subarray(start, at);
	};
	for (let skipped = 0; skipped < 3; skipped++) string();
	at += 4;
	const blob = string();
	return blob.length === 0 ? undefined : blob;
}

function fromPub(file: string): Buffer | undefined {
	try {
		const [, base64] = readFileSync(file, 'latin1').trim().split(/\s+/);
		return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
	} catch {
		return undefined;
	}
}
