/** The texts of an apt repository: stanzas of fields, `Packages` and `Release`. Pure. */
import type {LockedPackage} from '../model.ts';

/** A package as an index lists it. `from` is its path below the repository. */
export type Indexed = LockedPackage & {readonly name: string; readonly arch: string};

/** What a Release file says. `files` are the indexes below it, by path. Times are as written (RFC 2822). */
export type Release = {
	readonly suite?: string;
	readonly codename?: string;
	readonly date?: string;
	readonly validUntil?: string;
	readonly files: ReadonlyMap<string, {readonly sha256: string; readonly size: number}>;
};

/** Stanzas of deb822(5): fields by their name in small letters, lines that go on joined by their line ends. */
export function stanzas(text: string): ReadonlyMap<string, string>[] {
	const all: Map<string, string>[] = [];
	let fields = new Map<string, string>();
	let last = '';
	const close = () => {
		if (fields.size > 0) all.push(fields);
		fields = new Map();
		last = '';
	};
	for (const line of text.split('\n')) {
		if (line.trim() === '') close();
		else if (/^[ \t]/.test(line) && last !== '') fields.set(last, `${fields.get(last)}\n${line.trim()}`);
		else if (!line.startsWith('#')) {
			const [, name = '', value = ''] = /^([^\s:]+):[ \t]*(.*)$/.exec(line.trimEnd()) ?? [];
			last = name.toLowerCase();
			if (last !== '') fields.set(last, value);
		}
	}
	close();
	return all;
}

/** The packages of an index, `./` before paths left out. One that lacks a field we need is not there. */
export function readPackages(text: string): Indexed[] {
	return stanzas(text).flatMap((fields) => {
		const get = (name: string) => fields.get(name) ?? '';
		const [name, version, arch] = [get('package'), get('version'), get('architecture')];
		const [sha256, size] = [get('sha256').toLowerCase(), Number(get('size'))];
		const from = get('filename').replace(/^\.\//, '');
		const isWhole = name !== '' && version !== '' && from !== '' && /^[0-9a-f]{64}$/.test(sha256) && size > 0;
		return isWhole ? [{name, version, arch, sha256, size, from}] : [];
	});
}

/** A Release file, without its signature (`clearText` takes it off an InRelease). */
export function readRelease(text: string): Release {
	const [fields = new Map<string, string>()] = stanzas(text);
	const files = new Map<string, {sha256: string; size: number}>();
	for (const line of (fields.get('sha256') ?? '').split('\n')) {
		const [, sha256 = '', size = '', path = ''] = /^([0-9a-f]{64})\s+(\d+)\s+(\S+)$/.exec(line.trim()) ?? [];
		if (path !== '') files.set(path, {sha256, size: Number(size)});
	}
	const said = (name: string, field: string) => (fields.get(field) ? {[name]: fields.get(field)} : {});
	return {
		...said('suite', 'suite'),
		...said('codename', 'codename'),
		...said('date', 'date'),
		...said('validUntil', 'valid-until'),
		files,
	};
}

/**
 * What was signed in a clear-signed text (RFC 9580 §7), dashes unescaped; undefined when it is none. Nothing may stand before it or behind its
 * signature, and only the plain form is taken: whatever gpgv has found good is then this very text, and nothing that somebody put beside it.
 */
export function clearText(text: string): string | undefined {
	// Only a line feed ends a line for gpgv; white space at the end of one is not signed.
	const lines = text.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''));
	const blank = lines.indexOf('');
	const from = lines.indexOf('-----BEGIN PGP SIGNATURE-----');
	const to = lines.indexOf('-----END PGP SIGNATURE-----');
	const body = lines.slice(blank + 1, from);
	const isOne =
		lines[0] === '-----BEGIN PGP SIGNED MESSAGE-----' &&
		0 < blank &&
		blank < from &&
		from < to &&
		lines.slice(1, blank).every((line) => /^Hash: [A-Za-z0-9, -]+$/.test(line)) &&
		[...lines.slice(1, blank), ...lines.slice(from + 1, to)].every((line) => !line.startsWith('-')) &&
		body.every((line) => !line.startsWith('-') || line.startsWith('- ')) &&
		lines.slice(to + 1).every((line) => line === '');
	return isOne ? body.map((line) => line.replace(/^- /, '')).join('\n') : undefined;
}
