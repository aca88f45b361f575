import {createHash} from 'node:crypto';

export type Payload = readonly {readonly name: string; readonly bytes: Uint8Array}[];

const block = 512;

/** Files as one frame for a node's standard input: `LENGTH SHA256\n`, then a tar archive (the node reads it with one process). */
export function frame(files: Payload): Buffer {
	const archive = tar(files);
	const sum = createHash('sha256').update(archive).digest('hex');
	return Buffer.concat([Buffer.from(`${archive.length} ${sum}\n`), archive]);
}

/** The shell that reads a frame into the folder `$in`; says `! …` and ends when it came cut or altered. Constant. */
export const readFrame = `
read -r length sum || { echo '! nothing arrived'; exit 65; }
head -c "$length" >"$in/.frame"
[ "$(sha256sum <"$in/.frame")" = "$sum  -" ] || { echo '! what arrived is cut or altered'; exit 65; }
tar -xmf "$in/.frame" -C "$in" --no-same-owner || { echo '! the program cannot be unpacked: is tar there, and room in /run?'; exit 65; }
rm "$in/.frame"
`;

/** A ustar archive of private files. Names are short and ours. */
function tar(files: Payload): Buffer {
	const parts = files.flatMap(({name, bytes}) => [
		header(name, bytes.length),
		bytes,
		Buffer.alloc((block - (bytes.length % block)) % block),
	]);
	return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(name: string, size: number): Buffer {
	const head = Buffer.alloc(block);
	const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, '0') + '\0';
	const fields: readonly (readonly [at: number, text: string])[] = [
		[0, name],
		[100, octal(0o600, 8)],
		[108, octal(0, 8)],
		[116, octal(0, 8)],
		[124, octal(size, 12)],
		[136, octal(0, 12)],
		[148, ' '.repeat(8)],
		[156, '0'],
		[257, 'ustar\x0000'],
	];
	for (const [at, text] of fields) head.write(text, at, 'latin1');
	const sum = head.reduce((total, byte) => total + byte, 0);
	head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
	return head;
}
