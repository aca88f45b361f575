/** Takes secrets out of texts that nobody has read before: by their form, and by what stands before them. Knowledge only. */

type Form = {
	/** What it is, as the README of a report names it. */
	readonly what: string;
	readonly find: RegExp;
	readonly put: string | ((...found: string[]) => string);
};

const gone = '[censored]';
/** Values that say nothing secret behind a word that sounds so: switches, short numbers, times, places below a folder, what is empty or opens a block. */
const harmless =
	/^["']?(?:true|false|null|none|yes|no|\d{1,3}|[\d.]{1,8}(?:ms|s|m|h|d)|\/[\w.@-]{1,100}\/[\w./@:-]*|\{\}?|\[\]?|[|>][+-]?|)["']?$/i;
const word = String.raw`(?:pass(?:word|wd|phrase|code)?|pwd|secrets?|token(?:-?secret)?|(?:api|access|private|signing|encryption|certificate|auth|client|secret)[._-]?key(?:-?data)?|credentials?|auth(?:orization)?|cookie)`;

/** A new form is one such row. Linear patterns only: the text is of machines in any state. */
export const forms: readonly Form[] = [
	{
		what: 'private keys',
		find: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
		put: gone,
	},
	{
		what: 'private keys in base64, as in kubeconfigs',
		find: /LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}={0,2}/g,
		put: (found) => (Buffer.from(found!, 'base64').toString('latin1').includes('PRIVATE KEY') ? gone : found!),
	},
	{what: 'Secret objects', find: /^.*"kind": ?"Secret".*$/gm, put: '[a Secret object]'},
	{what: 'Secret objects in YAML', find: /^kind: Secret$(?:\n(?!---).*)*/gm, put: 'kind: Secret\n[censored]'},
	{
		what: 'web tokens',
		find: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,4000}(?:\.[A-Za-z0-9_-]*)?/g,
		put: gone,
	},
	{what: 'bootstrap tokens', find: /\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, put: `$1.${gone}`},
	// To the last @ before the path: passwords have been seen with one in them.
	{what: 'names and passwords in URLs', find: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#"']{1,500}@/gi, put: `$1${gone}@`},
	{
		what: 'names and passwords of proxies without a scheme',
		find: /(\b(?:https?|ftp|all|no)_?proxy["']?[ \t]{0,20}[:=][ \t]{0,20}["']?)[^\s/?#"'@]{1,500}@/gi,
		put: `$1${gone}@`,
	},
	{what: 'tokens of GitHub, GitLab and AWS', find: /\b(?:gh[a-z]_|github_pat_|glpat-|AKIA|ASIA)\w{12,255}/g, put: gone},
	{
		what: 'contents of files that were there before, in the record',
		find: /("before\\{0,3}":[ \t]{0,4}\\{0,3}"(?:link|[0-7]{1,4} [^\s"]{1,100}) )[A-Za-z0-9+/=]+/g,
		put: `$1${gone}`,
	},
	{
		what: 'authorization headers',
		find: /(\b(?:proxy-)?authorization\\?["']?[ \t]*[:=][ \t]*[[{]?[ \t]*\\?["']?(?:(?:basic|bearer|digest|negotiate|token)\s+)?)[^\s"',\]\\}]+/gi,
		put: `$1${gone}`,
	},
	{what: 'bearer and basic credentials', find: /\b(bearer|basic)(\s+)[A-Za-z0-9+/=._~-]{8,}/gi, put: `$1$2${gone}`},
	{
		what: 'values of environment variables with such names',
		find: /(\bname: *["']?\w{0,100}(?:PASS|SECRET|TOKEN|KEY|CREDENTIAL)\w{0,100}["']?\s*\n\s*value: *)\S.*/gi,
		put: `$1${gone}`,
	},
	{
		what: 'the same in JSON',
		find: /(\\?"name\\?": ?\\?"\w{0,100}(?:PASS|SECRET|TOKEN|KEY|CREDENTIAL)\w{0,100}\\?",\s{0,40}\\?"value\\?": ?)(?:\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*")/gi,
		put: `$1${gone}`,
	},
	{
		what: 'blocks of lines behind such names',
		find: new RegExp(
			String.raw`^([+-]?[ \t]{0,60})((?:- )?["']?[\w.-]{0,60}?${word}["']?: ?[|>][+-]?)[ \t]*(?:\n\1[ \t]+\S.*)+`,
			'gim',
		),
		put: `$1$2 ${gone}`,
	},
	{what: 'certificate keys', find: /(certificate-?key\W{1,6})[0-9a-f]{64}\b/gi, put: `$1${gone}`},
	{
		what: 'values of such names: password, secret, token, private key, credential, auth',
		find: new RegExp(
			String.raw`((?:^|[\s"'\\,{(;&?_.-])[\w-]{0,60}?${word}\\?["']?(?:[ \t]{0,80}[:=][ \t]{0,80}| ))(\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']{0,2000}'|[^\s,;}&)]+)`,
			'gim',
		),
		put: (whole, before, value) => censoredValue(whole!, before!, value!),
	},
];

/** A name and a value with nothing but a space between is a secret only where a flag (`--token abc`) stands before it. */
function censoredValue(whole: string, before: string, value: string): string {
	if (harmless.test(value.replaceAll('\\', '')) || value.includes(gone)) return whole;
	if (before.endsWith(' ') && !/[:=][ \t]*$/.test(before) && !/^\W?--?\w/.test(before.trimStart())) return whole;
	return `${before}${gone}`;
}

/** The text without what looks like a secret, and without `known` values in any form that they are often written in. */
export function censored(text: string, known: readonly string[] = []): string {
	let clean = text;
	for (const value of known.filter((one) => one.length >= 4)) {
		for (const form of [
			value,
			JSON.stringify(value).slice(1, -1),
			encodeURIComponent(value),
			Buffer.from(value).toString('base64'),
		])
			clean = clean.replaceAll(form, gone);
	}
	clean = beheaded(clean);
	for (const {find, put} of forms) clean = typeof put === 'string' ? clean.replace(find, put) : clean.replace(find, put);
	return clean;
}

/** A log is cut anywhere: the end of a private key takes along the lines of base64 before it. */
function beheaded(text: string): string {
	const pieces = text.split(/(?<=-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)/);
	return pieces
		.map((piece) => {
			if (!piece.endsWith('PRIVATE KEY-----') || /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(piece)) return piece;
			const lines = piece.split('\n').slice(0, -1);
			while (/(?:^|\s)[A-Za-z0-9+/=]{16,80}\s?$/.test(lines.at(-1) ?? '')) lines.pop();
			return [...lines, gone].join('\n');
		})
		.join('');
}
