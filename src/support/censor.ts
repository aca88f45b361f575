/** Takes secrets out of texts that nobody has read before: by their form, and by what stands before them. Knowledge only. */
import {gone} from './form.ts';
import {forms} from './forms.ts';

/** So deep texts may be in base64 inside one another: a kubeconfig in a Secret, with a key in it. */
const deepest = 3;

/** The text without what looks like a secret, and without `known` values in any form that they are often written in. */
export function censored(text: string, known: readonly string[] = []): string {
	const spelt = [...new Set(known.filter((one) => one.length >= 4).flatMap(spellings))];
	// The longest first: a value may be the beginning of another one.
	spelt.sort((one, other) => other.length - one.length);
	return clean(text, spelt, deepest);
}

function clean(text: string, known: readonly string[], depth: number): string {
	let rest = text;
	for (const value of known) rest = rest.replaceAll(value, gone);
	rest = bodiless(beheaded(secretObjects(rest)));
	for (const {find, put} of forms) rest = typeof put === 'string' ? rest.replace(find, put) : rest.replace(find, put);
	return depth === 0 ? rest : unwrapped(rest, known, depth - 1);
}

/** As shells, JSON (Go's and others'), YAML, URLs and base64 write a value. */
function spellings(value: string): string[] {
	const json = JSON.stringify(value).slice(1, -1);
	const goJson = json.replaceAll(/[&<>]/g, unicode);
	const url = encodeURIComponent(value);
	const strict = url.replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
	return [
		value,
		json,
		goJson,
		json.replaceAll(/[^\x20-\x7e]/g, unicode),
		JSON.stringify(json).slice(1, -1),
		JSON.stringify(goJson).slice(1, -1),
		value.replaceAll("'", "'\\''"),
		value.replaceAll("'", "''"),
		url,
		strict,
		strict.replaceAll('%20', '+'),
		strict.replaceAll(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()),
		Buffer.from(value).toString('base64'),
		Buffer.from(value).toString('hex'),
	];
}

const unicode = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Where a Secret object stands in several lines, the maps of its values go; in which order they stand is nobody's promise. */
function secretObjects(text: string): string {
	if (!/\bkind["']?: *["']?Secret\b/.test(text)) return text;
	return text
		.replace(/("(?:stringData|data)"\s{0,40}:\s{0,40}\{)[^{}]*/g, `$1${gone}`)
		.replace(/\b((?:stringData|data): *\{)[^}]*/g, `$1${gone}`)
		.replace(/^([ \t]*)((?:- )?(?:stringData|data):)[ \t]*(?:\n\1[ \t]+\S.*)+/gm, `$1$2 ${gone}`);
}

/** A log is cut anywhere: the end of a private key takes along the lines of base64 before it, of which the last may be short. */
function beheaded(text: string): string {
	const pieces = text.split(/(?<=-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----)/);
	return pieces
		.map((piece) => {
			if (!/PRIVATE KEY[A-Z ]{0,10}-----$/.test(piece) || /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(piece)) return piece;
			const lines = piece.split('\n').slice(0, -1);
			if (/(?:^|\s)[A-Za-z0-9+/=]{1,80}\s?$/.test(lines.at(-1) ?? '')) lines.pop();
			while (/(?:^|\s)[A-Za-z0-9+/=]{16,80}\s?$/.test(lines.at(-1) ?? '')) lines.pop();
			return [...lines, gone].join('\n');
		})
		.join('');
}

/** And of a key that lost both ends only full lines of base64 are left: two of them, where no certificate was begun, are too many. Sums are hexadecimal. */
function bodiless(text: string): string {
	const isFull = (line: string) =>
		/(?:^|\s)[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}|[A-Za-z0-9+/]{12})?\s?$/.test(line) && !/\b[0-9a-f]{64}\s?$/.test(line);
	const lines = text.split('\n');
	const kept: string[] = [];
	let isPublic = false;
	for (let at = 0; at < lines.length; at += 1) {
		const line = lines[at]!;
		if (/-----BEGIN (?![A-Z0-9 ]{0,40}PRIVATE)/.test(line)) isPublic = true;
		if (line.includes('-----END ')) isPublic = false;
		let full = 0;
		while (!isPublic && isFull(lines[at + full] ?? '')) full += 1;
		if (full < 2) {
			kept.push(line);
			continue;
		}
		kept.push(gone);
		at += full - 1;
		if (/(?:^|\s)[A-Za-z0-9+/]{1,76}={0,2}\s?$/.test(lines[at + 1] ?? '')) at += 1;
	}
	return kept.join('\n');
}

/** Base64 of a text with secrets, wherever it was cut: kubeconfigs, Docker's credentials, keys in kubeconfigs. */
function unwrapped(text: string, known: readonly string[], depth: number): string {
	return text.replace(/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}/g, (found) => {
		const texts = [0, 1, 2, 3].map((from) => Buffer.from(found.slice(from), 'base64').toString('latin1'));
		const isTold = texts.some((one) => isText(one) && (one.includes('PRIVATE KEY') || clean(one, known, depth) !== one));
		return isTold ? gone : found;
	});
}

/** Its first bytes are printable: what was cut from base64 at another place than it was made of is noise. */
const isText = (bytes: string) => /^[\t\n\r\x20-\x7e]+$/.test(bytes.slice(0, 60).slice(0, -2));
