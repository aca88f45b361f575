import test from 'ava';
import {censored} from '../../src/support/censor.ts';

const pem = (kind: string) =>
	`-----BEGIN ${kind}-----\n${'CANARY01'.repeat(8)}\n${'CANARY02'.repeat(8)}\n-----END ${kind}-----\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Secrets as they stand in files, logs and listings; each has the word CANARY in it, as it is or in base64. */
const secrets: readonly string[] = [
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

for (const secret of secrets) {
	test(`is gone: ${secret.slice(0, 60).replaceAll('\n', ' ')}`, (t) => {
		const clean = censored(`before\n${secret}\nafter`);
		t.notRegex(clean, /canary(?!\.\[)|ca0a47|Q0FOQVJZ|c2hvcnQ/i);
		// A key without its end takes along what follows.
		t.regex(clean, secret.includes('BEGIN') && !secret.includes('END') ? /^before\n/ : /^before\n[\s\S]*after$/);
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
];

for (const line of harmless) test(`stays: ${line.slice(0, 60).replaceAll('\n', ' ')}`, (t) => t.is(censored(line), line));

test('what is known to be secret is gone in every form that it is written in', (t) => {
	const word = 'p&ss "CANARY"';
	const text = [word, JSON.stringify(word), encodeURIComponent(word), base64(word)].join('\n');
	t.notRegex(censored(`I typed ${text}`, [word]), /CANARY|Q0FOQVJZ/);
});

test('texts of machines that mean no good take no time', (t) => {
	const begin = performance.now();
	for (const piece of [
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
	])
		censored(piece.repeat(30_000));
	t.true(performance.now() - begin < 8000);
});
