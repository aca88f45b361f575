/** Takes secrets out of texts that nobody has read before: by their form, and by what stands before them. Knowledge only. */
import {cutKeys} from './cut-keys.ts';
import {type Form, gone} from './form.ts';
import {forms} from './forms.ts';
import {spellings} from './spellings.ts';

/** So deep texts may stand in one another, quoted or in base64: a kubeconfig with a key in it, in a Secret, in a line of a log. */
const deepest = 3;
/** What loggers, diffs and comments put before each line. */
const margin =
	/^(?:\d{4}-\d\d-\d\d[T ]\S{1,40} (?:(?:stdout|stderr) [FP] |\S{1,100} (?:[\w@.()-]{1,100}\[\d{1,9}\]|kernel): )|[ \t]{0,60}[#+>] ?){1,3}/;

/** The text without what looks like a secret, and without `known` values in any form that they are often written in. As many lines as before. */
export function censored(text: string, known: readonly string[] = []): string {
	const spelt = [...new Set(known.filter((one) => one.length >= 4).flatMap(spellings))];
	// The longest first: a value may be the beginning of another one.
	spelt.sort((one, other) => other.length - one.length);
	return clean(text, spelt, deepest);
}

function clean(text: string, known: readonly string[], depth: number): string {
	let rest = text;
	for (const value of known) rest = rest.replaceAll(value, gone);
	rest = inside(rest, known, depth);
	const lines = rest.split('\n');
	const margins = lines.map((line) => margin.exec(line)?.[0] ?? '');
	const ends = lines.map((line) => (line.endsWith('\r') ? '\r' : ''));
	const bare = lines.map((line, at) => line.slice(margins[at]!.length, line.length - ends[at]!.length));
	return formless(bare.join('\n'))
		.split('\n')
		.map((line, at) => `${margins[at]!}${line}${ends[at]!}`)
		.join('\n');
}

function formless(text: string): string {
	return forms.reduce(without, cutKeys(secretObjects(text)));
}

/** What goes leaves its lines, so that they keep what stands before them. */
function without(text: string, {find, put}: Pick<Form, 'find' | 'put'>): string {
	return text.replace(find, (...found) => {
		const [whole, ...groups] = found.slice(
			0,
			found.findIndex((one) => typeof one === 'number'),
		) as string[];
		const said =
			typeof put === 'string'
				? put.replaceAll(/\$(\d)/g, (_, at: string) => groups[Number(at) - 1] ?? '')
				: put(whole!, ...groups);
		return `${said}${`\n${gone}`.repeat(Math.max(0, linesIn(whole!) - linesIn(said)))}`;
	});
}

const linesIn = (text: string) => text.split('\n').length;

/** Where a Secret object stands in several lines, the maps of its values go; in which order they stand is nobody's promise. */
const maps: readonly Pick<Form, 'find' | 'put'>[] = [
	{find: /("(?:stringData|data)"\s{0,40}:\s{0,40}\{)[^{}]*/g, put: `$1${gone}`},
	{find: /\b((?:stringData|data): *\{)[^}]*/g, put: `$1${gone}`},
	{find: /^([ \t]*)((?:- )?(?:stringData|data):)[ \t]*(?:\n\1[ \t]+\S.*)+/gm, put: `$1$2 ${gone}`},
];
const secretObjects = (text: string) =>
	/\bkind["']?: *["']?Secret\b/.test(text.replaceAll('\\', '')) ? maps.reduce(without, text) : text;

/** Texts in quotes, with their escapes, and in base64, wherever it was cut: kubeconfigs, Docker's credentials, what programs said to programs. */
function inside(text: string, known: readonly string[], depth: number): string {
	if (depth === 0) return text;
	const quoted = text.replace(/"((?:[^"\\\n]|\\[^\n])*)("|\\?$)/gm, (found, body: string, end: string) => {
		if (!body.includes('\\')) return found;
		const plain = unescaped(body);
		const better = clean(plain, known, depth - 1);
		return better === plain ? found : `"${JSON.stringify(better).slice(1, -1)}${end}`;
	});
	return quoted.replace(/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}/g, (found) => {
		const isTold = [0, 1, 2, 3].some((from) => {
			if (!isText(plainOf(found.slice(from, from + 84)))) return false;
			const plain = plainOf(found.slice(from));
			return clean(plain, known, depth - 1) !== plain;
		});
		return isTold ? gone : found;
	});
}

const escapes: Readonly<Record<string, string>> = {n: '\n', t: '\t', r: '\r'};
const unescaped = (body: string) =>
	body.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, one: string) =>
		code === undefined ? (escapes[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16)),
	);

const plainOf = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');
/** What was cut from base64 at another place than it was made of is noise; the first and the last character of a piece may be cut themselves. */
const isText = (piece: string) => /^\ufffd{0,3}[\t\n\r\x20-\x7e\u00a0-\ufffc]+\ufffd{0,3}$/.test(piece);
