/**
 * The one form in which a bundle writes tar: for a name and a size there is exactly one header (POSIX ustar, no extensions), so reading is
 * comparing. Knowledge only.
 */

export const block = 512;

/** The largest size that a header's eleven octal digits can say. */
export const largest = 8 ** 11 - 1;

/** What stands after the last member: two blocks of zeros. */
export const end = Buffer.alloc(2 * block);

/** Zeros after a member's bytes, up to the next block. */
export function padding(size: number): number {
	return (block - (size % block)) % block;
}

/** The header of a regular file: mode 0644, owner 0, time 0. Names have at most 99 characters of ASCII. */
export function header(name: string, size: number): Buffer {
	if (!/^[\x21-\x7e]{1,99}$/.test(name) || !Number.isSafeInteger(size) || size < 0 || size > largest)
		throw new Error(`no header can say ${JSON.stringify(name)} with ${size} bytes`);
	const head = Buffer.alloc(block);
	const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
	const fields: readonly (readonly [at: number, text: string])[] = [
		[0, name],
		[100, octal(0o644, 7)],
		[108, octal(0, 7)],
		[116, octal(0, 7)],
		[124, octal(size, 11)],
		[136, octal(0, 11)],
		[148, ' '.repeat(8)],
		[156, '0'],
		[257, 'ustar\x0000'],
		[329, octal(0, 7)],
		[337, octal(0, 7)],
	];
	for (const [at, text] of fields) head.write(text, at, 'latin1');
	const sum = head.reduce((total, byte) => total + byte, 0);
	head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
	return head;
}

/** What a header says, as far as it can be read; nothing of it is checked. */
export function glimpse(head: Uint8Array): {readonly name: string; readonly size: number; readonly type: string} {
	const text = (from: number, length: number) => {
		const bytes = Buffer.from(head.buffer, head.byteOffset + from, length);
		const stop = bytes.indexOf(0);
		return bytes.toString('latin1', 0, stop === -1 ? length : stop);
	};
	const size = text(124, 12).trim();
	return {name: text(0, 100), size: /^[0-7]+$/.test(size) ? Number.parseInt(size, 8) : -1, type: text(156, 1)};
}

/** What the type of a member is called, for those that no bundle has. */
const types: Readonly<Record<string, string>> = {
	1: 'a hard link',
	2: 'a symbolic link',
	3: 'a character device',
	4: 'a block device',
	5: 'a folder',
	6: 'a named pipe',
	7: 'a contiguous file',
	D: 'a folder listing',
	K: 'a long link name',
	L: 'a long name',
	M: 'a continued file',
	S: 'a sparse file',
	V: 'a volume name',
	g: 'a PAX header',
	x: 'a PAX header',
};

/** In words, why a header is not that of the member `name`; undefined when it is. `size`: what it must be, where that is known before. */
export function fault(head: Uint8Array, name: string, size?: number): string | undefined {
	const seen = glimpse(head);
	if (size === undefined ? seen.size >= 0 && equal(head, name, seen.size) : equal(head, name, size)) return undefined;
	const shown = JSON.stringify(seen.name).slice(0, 120);
	if (Buffer.from(head).every((byte) => byte === 0)) return `the archive ends where ${name} must be`;
	if (seen.type in types) return `${types[seen.type]} (${shown}) stands where ${name} must be`;
	if (seen.name !== name) return `${shown} stands where ${name} must be`;
	if (size !== undefined && seen.size !== size) return `${name} has ${seen.size} bytes, its contents say ${size}`;
	return `the header of ${name} is not as kubestrap writes it: mode, owner, time or checksum differ`;
}

function equal(head: Uint8Array, name: string, size: number): boolean {
	return size <= largest && header(name, size).equals(head);
}
