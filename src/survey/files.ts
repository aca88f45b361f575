import {isUtf8} from 'node:buffer';
import {createHash} from 'node:crypto';
import type {SeenFile} from '../model.ts';
import type {Frames} from './frames.ts';

/**
 * The files of a survey by path. Of certificates and public keys `text` has the PEM blocks that are public and nothing else.
 * Of a kubeconfig it has JSON: {server?, ca?, certificate?, certificateFile?}, certificates as PEM; a key that is not there was not there, or was there twice.
 * `publicKey` of a private file is '' when the node has openssl and openssl could not read the key.
 */
export function readFiles(meta: string, frames: Frames): Record<string, SeenFile> {
	const texts = new Map(lines(frames, 'texts').map((line) => entry(line, /^(\d+) (plain|public|kubeconfig|id) (.+)$/)));
	const keys = new Map(lines(frames, 'pubs').map((line) => entry(line, /^(\d+)( )(.+)$/)));
	// A map, because a file may be called __proto__.
	const files = new Map<string, SeenFile>();
	for (const line of meta.split('\n').filter(Boolean)) {
		const [, mode = '', owner = '', size = '', path = ''] = /^([0-7]{1,4}) ([^\s\p{Cc}]+) (\d+) (\/[^\0]*)$/u.exec(line) ?? [];
		if (path === '') throw new Error('the list of files is damaged');
		const text = texts.get(path);
		const key = keys.get(path);
		const bytes = text && required(frames, `text/${text.number}`);
		files.set(path, {
			mode: mode.padStart(4, '0'),
			owner,
			size: Number(size),
			...(bytes === undefined || text === undefined ? {} : content(text.kind, bytes)),
			...(key === undefined ? {} : publicKey(required(frames, `pub/${key.number}`).toString('utf8'), text?.kind)),
		});
	}
	return Object.fromEntries(files);
}

function content(kind: string, bytes: Buffer): Pick<SeenFile, 'text' | 'latin1' | 'sha256'> {
	if (kind === 'kubeconfig') return {text: JSON.stringify(publicKubeconfig(bytes.toString('utf8')))};
	if (kind !== 'plain') return {text: bytes.toString('utf8')};
	const sha256 = createHash('sha256').update(bytes).digest('hex');
	return isUtf8(bytes) ? {text: bytes.toString('utf8'), sha256} : {text: bytes.toString('latin1'), latin1: true, sha256};
}

/** A kubeconfig need not hold a key; a file that is called one must. */
const publicKey = (pem: string, kind?: string) => (pem === '' && kind === 'kubeconfig' ? {} : {publicKey: pem});

const fields = {
	'server:': 'server',
	'certificate-authority-data:': 'ca',
	'client-certificate-data:': 'certificate',
	'client-certificate:': 'certificateFile',
} as const;

/** The public half of a kubeconfig. One that names two servers or two users says nothing about which one counts: those fields are left out. */
function publicKubeconfig(text: string): Partial<Record<(typeof fields)[keyof typeof fields], string>> {
	const found = new Map<string, string | undefined>();
	for (const line of text.split('\n').filter(Boolean)) {
		const [, name, raw] = /^(\S+) ?(.*)$/.exec(line) ?? [];
		const field = Object.hasOwn(fields, name ?? '') ? fields[name as keyof typeof fields] : undefined;
		if (field === undefined || raw === undefined) continue;
		const value = raw.trim().replace(/^(['"])(.*)\1$/, '$2');
		found.set(
			field,
			found.has(field) ? undefined : name!.endsWith('-data:') ? Buffer.from(value, 'base64').toString('utf8') : value,
		);
	}
	return Object.fromEntries([...found].filter(([, value]) => value !== undefined));
}

const lines = (frames: Frames, name: string) => required(frames, name).toString('utf8').split('\n').filter(Boolean);

function entry(line: string, pattern: RegExp): [path: string, {number: string; kind: string}] {
	const [, number = '', kind = '', path = ''] = pattern.exec(line) ?? [];
	return [path, {number, kind}];
}

function required(frames: Frames, name: string): Buffer {
	const bytes = frames.get(name);
	if (bytes === undefined) throw new Error(`the answer has no ${name}`);
	return bytes;
}
