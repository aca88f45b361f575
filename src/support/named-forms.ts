/** How secrets look that something before them gives away. A new form is one such row; linear patterns only. */
import {type Form, gone} from './form.ts';

/** Values that say nothing secret behind a word that sounds so: switches, short numbers, times, places of files, what is empty or opens a block. */
const harmless =
	/^["']?(?:true|false|null|none|yes|no|\d{1,3}|[\d.]{1,8}(?:ms|s|m|h|d)|\/(?:etc|var|run|usr|opt|root|home|tmp|proc|sys|srv|mnt|data|lib|dev)\/[\w./@:-]*|\{\}?|\[\]?|[|>][+-]?|)["']?$/i;
/** What other forms leave is good as it is. */
const done = /^["'[{]*(?:[a-z0-9]{6}\.|(?:basic|bearer)\s+|[a-z]+:\/\/)?\[censored\][\w.:/@-]*["'\]}]*$/i;
const kinds =
	'api|access|account|private|signing|encryption|certificate|auth|client|secret|pre-?shared|shared|subscription|functions|session|master|storage';
const word = `(?:pass(?:word|wd|phrase|code)?|pwd|secrets?|token(?:-?secret)?|(?:${kinds})[._-]?key(?:-?data)?|psk|credentials?|auth(?:orization)?|cookie|signature)(?:[_-]?(?:value|prod(?:uction)?|staging|dev|test|old|new|base|\\d{1,3}))?`;
const name = String.raw`[\w.-]{0,60}?${word}`;
const variable = String.raw`\w{0,100}(?:PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|COOKIE|DSN|CONNECTION_?STR)\w{0,100}`;
const quoted = String.raw`\\?"(?:[^"\\]|\\[^"])*\\?"`;
const form = (what: string, find: string, put: Form['put'] = `$1${gone}`): Form => ({what, find: new RegExp(find, 'gim'), put});
/** For patterns of two groups, what stands before and the value. */
const unlessHarmless = (whole?: string, before?: string, value?: string) =>
	harmless.test(value!.replaceAll('\\', '').trim()) || done.test(value!) ? whole! : `${before}${gone}`;

export const named: readonly Form[] = [
	form(
		'contents of files that were there before, in the record',
		String.raw`("before\\{0,3}":[ \t]{0,4}\\{0,3}"(?:link|[0-7]{1,4} [^\s"]{1,100}) )[A-Za-z0-9+/=]+`,
	),
	form(
		'authorization headers of several words',
		String.raw`(\bauthorization\\?["']?[ \t]*[:=][ \t]*[[{]?[ \t]*\\?["']?(?:digest|aws4-\S{1,40}|negotiate|ntlm|oauth)\s).*`,
	),
	form(
		'authorization headers',
		String.raw`(\b(?:proxy-)?authorization\\?["']?[ \t]*[:=][ \t]*[[{]?[ \t]*\\?["']?(?:(?:basic|bearer|token)\s+)?)[^\s"',\]\\}]+`,
	),
	form('bearer and basic credentials', String.raw`\b((?:bearer|basic)\s+\\?["']?)[A-Za-z0-9+/=._~-]{8,}`),
	form('cookies', String.raw`((?:^|["'\s(=])(?:set-)?cookie\\?["']?[ \t]*[:=][ \t]*)\S.*`),
	form(
		'values of environment variables with such names',
		String.raw`(\bname: *["']?${variable}["']?\s*\n([ \t]*)value: *)(?:[|>][+-]?[ \t]*(?:\n\2[ \t]+\S.*)+|"(?:[^"\\]|\\.)*"|'[^']*'|\S.*)`,
	),
	form('the same in one line', String.raw`(\bname: *["']?${variable}["']?, *value: *)[^,}\n]+`),
	form('the same, the value first', String.raw`^([ \t]*(?:- )?value: *)\S.*(?=\n[ \t]*name: *["']?${variable})`),
	form(
		'the same in JSON',
		String.raw`(\\?"name\\?": ?\\?"${variable}\\?",\s{0,40}\\?"value\\?": ?)(?:\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*")`,
	),
	form(
		'the same in JSON, the value first',
		String.raw`(\\?"value\\?": ?)(?:\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*")(?=,\s{0,40}\\?"name\\?": ?\\?"${variable}\\?")`,
	),
	form(
		'blocks of lines behind such names',
		String.raw`^([+-]?[ \t]{0,60})((?:- )?["']?${name}["']?: ?[|>][+-]?)[ \t]*(?:\n\1[ \t]+\S.*)+`,
		`$1$2 ${gone}`,
	),
	form('certificate keys', String.raw`(certificate[ _-]?key[^\n]{0,20}?(?:\n[^\n]{0,80}?)?)\b[0-9a-f]{64}\b`),
	form('signatures in addresses', String.raw`([?&][\w-]{0,40}(?:sig|signature|credential|accesskeyid|policy|code)=)[^&\s"'\\]+`),
	form('assignments in quotes', String.raw`((["'])${name}(?:=|: | = ))((?:(?!\2)[^\\\n]|\\.)*)`, (whole, before, _quote, value) =>
		unlessHarmless(whole, before, value),
	),
	form(
		'lines of such names, to their end',
		String.raw`^([+-]?[ \t]{0,60}(?:- )?["']?${name}["']?[ \t]{0,80}(?::[ \t]|[ \t]=[ \t])[ \t]{0,80})((?:\[censored\] |[^\s"'{[|>]).*)$`,
		unlessHarmless,
	),
	form(
		'arguments, one in a line',
		String.raw`^([ \t]*(?:- )?["']?--?${name}["']?[ \t]*\n[ \t]*(?:- )?)([^\s-].*)$`,
		unlessHarmless,
	),
	form('arguments in JSON', String.raw`("--?${name}",\s{0,40})("(?:[^"\\]|\\.)*")`, unlessHarmless),
	form('elements of XML', `(<${name}>)[^<]+`),
	form(
		'passwords of haproxy, netrc and sshpass',
		String.raw`(\b(?:stats auth|insecure-password|sshpass -p|(?:login|user) \S{1,100} password)[ \t]{1,10})\S+`,
	),
	form('passwords of curl and etcdctl', String.raw`(\s(?:-u|--user|--proxy-user)[ =]["']?[^\s:"']{1,100}:)[^\s"']+`),
	form(
		'long words behind such a word',
		String.raw`(\b(?:token|password|secret)\s\\?["']?)(?=[^\s\d]{0,200}\d)[A-Za-z0-9+/=_-]{20,}`,
	),
	form(
		'values of such names: password, secret, token, private key, credential, auth',
		String.raw`((?:^|[\s"'\\,{(\[;&?_.=-])[\w-]{0,60}?${word}\\?["']?(?:[ \t]{0,80}[:=][ \t]{0,80}| ))(${quoted}|'[^']{0,2000}'|["'].*|[^\s,;}&)]+)`,
		ofFlagsAndSigns,
	),
];

/** A name and a value with nothing but a space between is a secret only where a flag (`--token abc`) stands before it. */
function ofFlagsAndSigns(whole?: string, before?: string, value?: string): string {
	if (before!.endsWith(' ') && !/[:=][ \t]*$/.test(before!) && !/^\W?--?\w/.test(before!.trimStart())) return whole!;
	return unlessHarmless(whole, before, value);
}
