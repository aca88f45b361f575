import {generateKeyPairSync} from 'node:crypto';
import test from 'ava';
import {censored} from '../../src/support/censor.ts';
import {effortMs} from '../fuzz/effort.ts';
import {base64, more, pem} from './leaks.ts';

/** Secrets as they stand in files, logs and listings; each has the word CANARY in it, as it is or in base64. */
const secrets: readonly string[] = [
	...more,
	pem('RSA PRIVATE KEY'),
	pem('OPENSSH PRIVATE KEY'),
	pem('EC PRIVATE KEY').replaceAll('\n', '\\n'),
	pem('PRIVATE KEY').split('\n').slice(1).join('\n'),
	pem('PRIVATE KEY').split('\n').slice(0, 2).join('\n'),
	`    client-key-data: ${base64(pem('RSA PRIVATE KEY'))}`,
	`"client-key-data":"${base64(pem('EC PRIVATE KEY'))}"`,
	'    token: CANARYtoken0123456789',
	'kubeadm join 10.0.0.1:6443 --token canary.canarycanary1234 --discovery-token-ca-cert-hash sha256:00',
	'using token "canary.canarycanary1234"',
	'--certificate-key ca0a47f902e114ef118304e561c3ecd4d0b543adc226b7a07f675f56564185ff'.replace('ca0a47', 'ca0a47'),
	'Environment="HTTPS_PROXY=http://bob:CANARY@10.0.0.9:3128" "NO_PROXY=10.0.0.0/8"',
	'err="proxyconnect tcp: https://CANARY@proxy.example/x: 407"',
	'Authorization: Bearer CANARYbearertoken',
	'authorization = ["Basic CANARYbasic=="]',
	'"Authorization":["Basic CANARYbasic=="]',
	'curl -H \\"Authorization: Bearer CANARYbearertoken\\"',
	'eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJDQU5BUlkiOiJrdWJlcm5l.CANARYsignature',
	'sudo: password=CANARY for debian',
	'{"password":"CANARY","user":"debian"}',
	'{\\"password\\":\\"CANARY\\"}',
	'- name: DB_PASSWORD\n  value: CANARY word\n- name: X',
	'  - aescbc: {keys: [{name: one, secret: CANARYc2hvcnQ=}]}',
	'"auths":{"r.example":{"auth":"CANARY=="}}',
	'{"kind":"Secret","apiVersion":"v1","data":{"x":"CANARY"}}',
	'apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata:\n  any: CANARY\n---\nkind: ConfigMap',
	'AWS_SECRET_ACCESS_KEY=CANARY/abc',
	'--client-secret CANARY --next=1',
	// As kubectl describes it, and as people align it.
	'      DB_PASSWORD:                  CANARY',
	'password\t=\t"CANARY word"',
	'password   =   "CANARY"',
	'  password: "/CANARY"',
	'password: |\n  CANARY\n  CANARY\nnext: 1',
	'+ password: |\n+   CANARY\n+   CANARY\n  next: 1',
	'- apiToken: >-\n    CANARY',
	'    - token: >-\n        CANARY',
	'{"name":"DB_PASSWORD","value":"CANARY"}',
	'{\\"name\\":\\"DB_PASSWORD\\",\\"value\\":\\"CANARY\\"}',
	'HTTP_PROXY=http://bob:p@CANARY@10.0.0.9:3128',
	'http_proxy=bob:CANARY@10.0.0.9:3128',
	'ghp_CANARY0123456789012345678901234567890',
	'glpat-CANARYxxxxxxxxxxxxxx',
	// The record of ownership has what a file held before, whatever that was.
	`{"kind":"file","name":"/etc/containerd/config.toml","before":"644 root:root ${base64('CANARY')}"}`,
	JSON.stringify({text: `{"kind":"link","name":"/x","before":"link ${base64('CANARY')}"}`}),
	`"before": "0600 root:root ${base64(`x${pem('PRIVATE KEY')}`)}"`,
];

test('a number can be a password, and a short one is a setting', (t) => {
	t.notRegex(censored('password = "20240101"\nroot_password: 123456'), /2024|123456/);
	t.is(censored('token-count: 12'), 'token-count: 12');
});

/** What has no end takes along what follows: a key without its last line, a Secret in YAML. */
const takesAlong = (secret: string) => (secret.includes('BEGIN') && !secret.includes('END')) || /^kind: Secret$/m.test(secret);

for (const [index, secret] of secrets.entries()) {
	test(`is gone, ${index}: ${secret.slice(0, 60).replaceAll('\n', ' ')}`, (t) => {
		const clean = censored(`before\n${secret}\nafter`);
		t.notRegex(clean, /canary(?!\.\[)|ca0a47|Q0FOQVJZ|c2hvcnQ/i);
		// A key without its end takes along what follows.
		t.regex(clean, takesAlong(secret) ? /^before\n/ : /^before\n[\s\S]*after$/);
	});
}

/** What reports are read for, and sounds like a secret. */
const harmless: readonly string[] = [
	'    - --enable-bootstrap-token-auth=true',
	'    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key',
	'    - --authorization-mode=Node,RBAC',
	'configMapAndSecretChangeDetectionStrategy: Watch',
	'authorization:\n  mode: Webhook',
	'--token-ttl=24h0m0s',
	'E1121 09:45:53 1 run.go:72] "command failed" err="unknown flag: --no-such-flag"',
	'-rw------- root:root 1679 2026-11-21T09:39:40 /etc/kubernetes/pki/ca.key',
	'volume secret kube-root-ca.crt is not there',
	'{"kind":"file","name":"/etc/x","before":null}',
	'    TokenExpirationSeconds:  3607s',
	'    SecretName:  /etc/kubernetes/pki',
	'password: |',
	`    certificate-authority-data: ${base64('-----BEGIN CERTIFICATE-----\nMIIDBTCCAe2gAwIBAgIIY\n-----END CERTIFICATE-----\n')}`,
	'image: registry.k8s.io/kube-apiserver:v1.37.1',
	'https://10.96.0.1:443/api/v1/nodes?limit=500',
	'registry.k8s.io/kube-apiserver:v1.37.1@sha256:0a1b2c3d',
	'Get "https://registry.k8s.io:5000/v2/pause@sha256:0a1b2c3d": EOF',
	'server = "https://registry.k8s.io"',
	'{"level":"info","msg":"user lists secrets in namespace kube-system"}',
	`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`,
	`-----BEGIN CERTIFICATE-----\n${'MIIDBTCC'.repeat(8)}\n${'Ae2gAwIB'.repeat(8)}\n-----END CERTIFICATE-----`,
	'Nov 21 10:00:00 cp1 systemd[1]: user@0.service: Deactivated successfully.',
	'/sys/fs/cgroup/systemd/kubepods.slice/cri-containerd-0a1b2c3d4e5f.scope/cgroup.procs',
];

for (const line of harmless) test(`stays: ${line.slice(0, 60).replaceAll('\n', ' ')}`, (t) => t.is(censored(line), line));

test('what is known to be secret is gone in every form that it is written in', (t) => {
	const word = 'p&ss "CANARY"';
	const text = [word, JSON.stringify(word), encodeURIComponent(word), base64(word)].join('\n');
	t.notRegex(censored(`I typed ${text}`, [word]), /CANARY|Q0FOQVJZ/);
});

test('however a known password is spelt, and whatever longer one begins with it', (t) => {
	const word = "p&s'CANARY é<";
	const spelt = [
		String.raw`p\u0026s'CANARY é\u003c`,
		String.raw`p&s'CANARY \u00e9<`,
		String.raw`'p&s'\''CANARY é<'`,
		"'p&s''CANARY é<'",
		'p%26s%27CANARY+%C3%A9%3C',
		'p%26s%27canary'.replace('canary', 'CANARY').concat('%20%c3%a9%3c'),
		Buffer.from(word).toString('hex'),
		base64(`bob:${word}`),
	];
	for (const one of spelt) t.notRegex(censored(`I typed ${one}.`, [word]), /CANARY|43414e415259|Q0FOQVJZ/i, one);
	t.is(censored('hunter2CANARY', ['hunter2', 'hunter2CANARY']), '[censored]');
});

test('a text in base64 is read whatever language it begins in, and wherever it is cut', (t) => {
	const config = Buffer.from(`# é – ключ: настройки зеркала, 鏡\nusers:\n- user:\n    password: CANARY-of-ours\n`).toString(
		'base64',
	);
	for (let from = 0; from < 40; from += 1) t.is(censored(`before ${config.slice(from)}`), 'before [censored]', `${from}`);
});

test('a private key that real openssl made is gone wherever a log cuts it', (t) => {
	const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
	const whole = privateKey.export({type: 'pkcs1', format: 'pem'}) as string;
	const pieces = [whole, Buffer.from(`users:\n- user: {client-key-data: ${base64(whole)}}\n`).toString('base64')];
	for (const text of pieces) {
		for (let from = 0; from < text.length - 200; from += 97) {
			// A torn first line is dropped where texts are cut; only whole lines are looked at here.
			const begin = text.includes('\n') ? text.indexOf('\n', from) + 1 || from : from;
			const clean = censored(`x\n${text.slice(begin)}\ny`);
			t.false(/[A-Za-z0-9+/]{60}/.test(clean), `${from}: ${clean}`);
		}
	}
});

/** What programs do to a text before it gets into a log. */
const wraps: Readonly<Record<string, (text: string) => string>> = {
	'a log of a container': (text) => eachLine(text, '2026-11-21T00:00:00.123Z stderr F '),
	'a journal': (text) => eachLine(text, '2026-11-21T00:00:00+0000 cp1 kubelet[123]: '),
	'a comment': (text) => eachLine(text, '# '),
	'a diff': (text) => eachLine(text, '+ '),
	'a deeper block': (text) => eachLine(text, '      '),
	'lines of Windows': (text) => text.replaceAll('\n', '\r\n'),
	JSON: (text) => JSON.stringify({a: text}),
	'JSON in JSON': (text) => JSON.stringify({b: JSON.stringify({a: text})}),
	klog: (text) => `E1121 09:45:53.1 1 run.go:72] "command failed" err=${JSON.stringify(text)}`,
	logrus: (text) => `time="2026-11-21T00:00:00Z" level=error msg=${JSON.stringify(`x ${JSON.stringify(text)}`)}`,
	base64,
};
const eachLine = (text: string, before: string) => text.replaceAll(/^/gm, before);

for (const [name, wrap] of Object.entries(wraps)) {
	test(`every one of them is gone from ${name}`, (t) => {
		for (const secret of secrets) {
			const text = wrap(secret);
			const clean = censored(`before\n${text}\nafter`);
			t.notRegex(clean, /canary(?!\.\[)|ca0a47|Q0FOQVJZ|c2hvcnQ/i, secret);
			t.regex(clean, /\[censored\]|\[a Secret object\]/, secret);
			t.is(clean.split('\n').length, text.split('\n').length + 2, 'what goes leaves its lines');
		}
	});
}

const meanPieces = [
	'password ',
	'a',
	'-----BEGIN PRIVATE KEY-----',
	'"authorization',
	'"password":"\\',
	"token='",
	'eyJ-',
	`${'A'.repeat(64)}\n`,
	'x://',
	'name: A',
	'password: |\n  a\n',
	'password:  ',
	'password\t=',
	'"name":"KEY","value":"',
	'"before":"644 a ',
	'http_proxy=',
	'http://a@',
	'http://a:b@',
	'a:b@',
	'"--token",',
	'-----END PRIVATE KEY-----\n',
	'kind: Secret\ndata:\n a\n',
	'"kind":"Secret","data":{',
	'name: KEY\nvalue: "',
	'value: a\n',
	'certificate key\n',
	'<token>',
	'"a_token=\\',
	'?sig=',
	'login a password ',
	'$1$',
	'eyJhbGci',
	'Q0FOQVJZ',
];

/** Milliseconds of processor that texts of so many of them cost. */
function effortOf(times: number): number {
	const begin = effortMs();
	for (const piece of meanPieces) censored(piece.repeat(times));
	return effortMs() - begin;
}

test('texts of machines that mean no good cost more only as they are longer', (t) => {
	effortOf(1000);
	const [short, long] = [effortOf(10_000), effortOf(40_000)];
	// Four times as long: sixteen times the effort is what goes over a text once for each of its letters.
	t.true(long < 10 * short, `${short} ms, ${long} ms`);
});
