/** What a tar of an image layout may hold, judged by its headers. Pure. */
import {sums, texts} from '../bundle/layout.ts';
import {block} from '../bundle/ustar.ts';

export type Member = {readonly name: string; readonly size: number; readonly kind: 'blob' | 'text' | 'other' | 'folder' | 'end'};

/** Why a file is no image layout that we take anything from. */
export class LayoutError extends Error {}

const kept = ['oci-layout', 'index.json'];
/** Not looked at: what docker and containerd write beside a layout for older readers, and what a bundle has beside one. */
const passedOver: readonly string[] = ['manifest.json', 'repositories', sums, ...texts.filter((name) => !kept.includes(name))];
const folders = ['.', 'blobs', 'blobs/sha256'];
const blobName = /^blobs\/sha256\/[0-9a-f]{64}$/;

/** Reads a header (POSIX ustar). Throws LayoutError for everything but regular files and folders of a layout. */
export function readHeader(head: Buffer): Member {
	if (head.every((byte) => byte === 0)) return {name: '', size: 0, kind: 'end'};
	const text = (from: number, length: number) => head.toString('latin1', from, from + length).replace(/\0.*$/s, '');
	const octal = (from: number, length: number) => {
		const said = text(from, length).trim();
		return /^[0-7]+$/.test(said) ? Number.parseInt(said, 8) : Number.NaN;
	};
	const sum = head.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
	if (text(257, 5) !== 'ustar' || octal(148, 8) !== sum)
		throw new LayoutError('a header in it is broken, or it is no tar at all');
	const prefix = text(345, 155);
	const raw = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
	const name = raw.replace(/^(?:\.\/)+(?=.)/, '').replace(/\/$/, '');
	const [type, size] = [text(156, 1), octal(124, 12)];
	const shown = JSON.stringify(raw.slice(0, 120));
	if (type === '5' && folders.includes(name) && size === 0) return {name, size, kind: 'folder'};
	if (type !== '0' && type !== '') throw new LayoutError(`it holds ${shown}, which is no plain file`);
	if (!Number.isSafeInteger(size) || size > 8 ** 11 - 1) throw new LayoutError(`${shown} in it has no size`);
	if (blobName.test(name)) return {name, size, kind: 'blob'};
	if (kept.includes(name)) return {name, size, kind: 'text'};
	if (passedOver.includes(name)) return {name, size, kind: 'other'};
	throw new LayoutError(`it holds ${shown}, which no image layout has`);
}

/** What a file that does not begin like a tar probably is. */
export function otherForm(head: Buffer): string | undefined {
	const forms: readonly (readonly [string, string])[] = [
		['1f8b', 'is compressed by gzip: unpack it first (gunzip)'],
		['28b52ffd', 'is compressed by zstd: unpack it first (unzstd)'],
		['425a68', 'is compressed by bzip2: unpack it first (bunzip2)'],
		['fd377a585a', 'is compressed by xz: unpack it first (unxz)'],
	];
	return forms.find(([magic]) => head.subarray(0, block).toString('hex').startsWith(magic))?.[1];
}
