/** Values that somebody would put where they hurt: for shells, for paths, for terminals, for JavaScript, for YAML. */
import type {Random} from './random.ts';

/** `CANARY` is a path that nobody else makes: it is there afterwards when one of these was run. */
export const canary = 'CANARY';

const shell = [
	`$(touch ${canary})`,
	`\`touch ${canary}\``,
	`'; touch ${canary}; '`,
	`"; touch ${canary}; "`,
	`'"$(touch ${canary})"'`,
	`; touch ${canary}`,
	`| touch ${canary}`,
	`& touch ${canary} &`,
	`\ntouch ${canary}\n`,
	`\\$(touch ${canary})`,
	`\${IFS}`,
	`$(touch\${IFS}${canary})`,
	`a$(touch${'\t'}${canary})`,
	`>${canary}`,
	`<(touch ${canary})`,
	`-oProxyCommand=touch\${IFS}${canary}`,
	`--kubeconfig=/x;touch ${canary}`,
	`a=b touch ${canary}`,
	'%s%n',
	'*',
	'~root',
	'EOF',
	"EOF\ntouch CANARY\ncat <<'EOF'",
];
const paths = [
	'../../etc/cron.d/x',
	'/..',
	'//',
	'/etc/../etc/shadow',
	'./-rf',
	'-rf',
	'/a\u0000b',
	'~/x',
	'$HOME/x',
	'file:///etc/shadow',
];
const terminals = ['\u001b]0;owned\u0007', '\u001b[2J', '\u202eevil', '\u0007', '\r\n', '\u2028', '\ufeff', '\u009b31m'];
const scripts = [
	'__proto__',
	'constructor',
	'prototype',
	'toString',
	'hasOwnProperty',
	'{{7*7}}',
	'{{#if x}}',
	'{{{x}}}',
	'{{> x}}',
];
const yaml = [
	'&a x',
	'*a',
	'!!js/function x',
	'---',
	'...',
	'%YAML 1.1',
	'? x',
	'- - -',
	'{a: [',
	'}',
	'"',
	"'",
	'|',
	'>',
	'#',
	': ',
	'a: b: c',
	'<<: *a',
	'NO',
	'012',
	'1_000',
	'12:30:00',
	'1.30',
	'0x10',
	'~',
	'null',
	'.inf',
	'.nan',
	'1e309',
];
const toml = ['"]\n[plugins]\nx="', '\n[x]\n', '"""', "'''"];
const units = ['\nExecStartPre=/bin/touch CANARY\n', '%n%i', '\\x41', '$$'];
const networks = [
	'0.0.0.0/0',
	'::/0',
	'10.0.0.0/33',
	'010.0.0.1',
	'127.0.0.1',
	'169.254.169.254',
	'fe80::1%eth0',
	'::ffff:10.0.0.1',
	'10.0.0.1/8',
	'255.255.255.255',
	'10.96.0.0/12',
	'[::1]:6443',
	':6443',
	'h:65536',
	'h:-1',
	'http://u:p@h/',
];
const names = [
	'a'.repeat(63),
	'a'.repeat(64),
	`${'a.'.repeat(126)}a`,
	`${'a.'.repeat(127)}a`,
	'A',
	'a_b',
	'a.',
	'.a',
	'-a',
	'a-',
	'12',
	'xn--a',
	'аpi',
	'é',
	'e\u0301',
	'\ud800',
	'\u0000',
	'a b',
	'a/b',
	'a=b',
	'a:b',
	'a,b',
	'a@b',
];
const versions = [
	'v1.37.1',
	'1.37.1',
	'v1.37',
	'v1.22.0',
	'v9.9.9',
	'v1.37.1-rc.1',
	' v1.37.1',
	'latest',
	'v1.37.1\n',
	'v01.37.1',
];
const durations = ['0', '-1h', '1y', '999999h', '1h1', '1e9h', 'h', '9223372036854775807ns', '0s', '24h0m0s'];
const numbers = [-1, 0, 1, 22, 1.5, 65535, 65536, 2 ** 31, 2 ** 53, 2 ** 53 + 2, -0, 1e308];
const odd = [null, true, false, '', [], {}, [null], [[]], {x: 1}, 'x'.repeat(10_000)];

/** Texts alone, for fields that take texts. */
export const texts: readonly string[] = [
	...shell,
	...paths,
	...terminals,
	...scripts,
	...yaml,
	...toml,
	...units,
	...networks,
	...names,
	...versions,
	...durations,
	'',
];
const values: readonly unknown[] = [...texts, ...numbers, ...odd];

const pieces = [
	...shell,
	...terminals,
	...scripts,
	...yaml,
	"'",
	'"',
	'\\',
	'$',
	'`',
	'\n',
	' ',
	'-',
	'.',
	'/',
	':',
	'a',
	'z9',
	'é',
	'日本',
	'0',
];

/** A text that nobody wrote down: pieces of the others, one after the other. */
export function madeUp(random: Random): string {
	return Array.from({length: random.below(6)}, () => random.pick(pieces)).join('');
}

export function hostileText(random: Random): string {
	return random.once(3) ? madeUp(random) : random.pick(texts);
}

export function hostileValue(random: Random): unknown {
	return random.once(4) ? madeUp(random) : random.pick(values);
}
