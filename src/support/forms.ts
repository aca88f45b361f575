/** How secrets look that nobody has named: by their own shape. A new form is one such row; linear patterns only, the text is of machines in any state. */
import {type Form, gone} from './form.ts';
import {named} from './named-forms.ts';

const shaped: readonly Form[] = [
	{
		what: 'private keys',
		find: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|$(?![\s\S]))/gm,
		put: gone,
	},
	{
		what: 'private keys without their first and last line',
		// The first bytes of what openssl writes: PKCS#8 and PKCS#1 of RSA, SEC 1 and PKCS#8 of elliptic curves.
		find: /\bM(?:II[A-Za-z0-9+/]{3}IBA(?:DAN|AKC)|HcCAQEE|IG[A-Za-z0-9]AgEA|C4CAQAw)[A-Za-z0-9+/]{16,}={0,2}/g,
		put: gone,
	},
	{what: 'Secret objects', find: /^.*\\{0,3}"kind\\{0,3}": ?\\{0,3}"Secret\\{0,3}".*$/gm, put: '[a Secret object]'},
	{what: 'Secret objects in YAML', find: /^kind: Secret$(?:\n(?!---).*)*/gm, put: `kind: Secret\n${gone}`},
	{what: 'Secret objects in the logs of Go programs', find: /\bSecret\{.*/g, put: `Secret{${gone}`},
	{
		what: 'web tokens',
		find: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
		put: gone,
	},
	{what: 'bootstrap tokens', find: /\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, put: `$1.${gone}`},
	// To the last @: passwords have been seen with one in them, and with a slash. A colon with a number before the path is a port.
	{
		what: 'names and passwords in URLs',
		find: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)(?:[^\s/?#"':@]{0,200}:(?!\d{1,5}[/?#])[^\s"']{1,500}|[^\s/?#"']{1,500})@(?!sha\d)/gi,
		put: `$1${gone}@`,
	},
	{what: 'what Go says of a URL that it cannot read', find: /(invalid port \\?").*?(\\?" after host)/g, put: `$1${gone}$2`},
	{
		what: 'names and passwords of proxies without a scheme',
		find: /(\b(?:https?|ftp|all|no)_?proxy["']?[ \t]{0,20}[:=][ \t]{0,20}["']?)[^\s/?#"'@]{1,500}@/gi,
		put: `$1${gone}@`,
	},
	{
		what: 'names and passwords before a host',
		find: /(?<![\w./:-])[\w.-]{1,64}:(?!\d{1,5}\/)[^\s@/:"'\\,]{1,200}@(?!sha\d)(?=[\w[(])/g,
		put: `${gone}@`,
	},
	{
		what: 'tokens of GitHub, GitLab, clouds and registries',
		find: /\b(?:gh[a-z]_|github_pat_|gl[a-z]{2,8}-|AKIA|ASIA|AKID|LTAI|xox[a-z]-|AIza|hv[sbr]\.|npm_|dckr_[a-z]{2,4}_|[sr]k_(?:live|test)_|do[opr]_v1_|hf_|ya29\.|AGE-SECRET-KEY-)[\w-]{12,}/g,
		put: gone,
	},
	{what: 'tokens of k3s', find: /\bK10[0-9a-f]{64}::\S+/g, put: gone},
	{
		what: 'hashes of passwords',
		find: /\$(?:1|2[abxy]?|5|6|7|g?y|apr1|scrypt|argon2[a-z]{0,2})\$[./A-Za-z0-9$=,+-]{8,}/g,
		put: gone,
	},
];

export const forms: readonly Form[] = [...shaped, ...named];
