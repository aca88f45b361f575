import test from 'ava';
import {masked} from '../../src/foresight/masked.ts';

const key = `${'A'.repeat(64)}\n${'b'.repeat(64)}\n`;
for (const [title, text, secret] of [
	['a key in PEM', `-----BEGIN PRIVATE KEY-----\n${key}-----END PRIVATE KEY-----\n`, 'AAAA'],
	['a key that is cut', key, 'bbbb'],
	['a key in a diff', ` kept\n-${'A'.repeat(64)}\n+${'b'.repeat(64)}\n`, 'AAAA'],
	['a key of a kubeconfig', '    client-key-data: QUJDREVGRw==\n', 'QUJD'],
	['a bootstrap token', 'kubeadm join --token abcdef.0123456789abcdef x', '0123456789abcdef'],
	['a header of hosts.toml', '-  authorization = ["Basic dXNlcjpwYXNz"]\n', 'dXNlcjpwYXNz'],
	['a password', '+"password": "geheim",\n', 'geheim'],
	['who stands in a URL', 'deb https://user:pass@mirror.example/debian', 'user:pass'],
] as const)
	test(`not shown: ${title}`, (t) => {
		t.false(masked(text).includes(secret), masked(text));
		t.true(masked(text).includes('[censored]'));
	});

test('a diff stays a diff', (t) => {
	t.is(masked('-password: old\n+password: new\n same\n'), '-password: [censored]\n+password: [censored]\n same\n');
	t.is(masked(` a\n-${'A'.repeat(64)}\n+b\n`), ' a\n-[censored]\n+b\n');
});

for (const text of [
	'    - --enable-bootstrap-token-auth=true\n',
	'    - --service-account-key-file=/etc/kubernetes/pki/sa.pub\n',
	'10.0.0.1 host # me@example\n',
	'    authorization:\n      mode: Webhook\n',
	'+    authorization:\n+      mode: Webhook\n',
	'        secret:\n          secretName: x\n',
	'image: registry.k8s.io/pause:3.10@sha256:5bd1a8f57549fcd23f7d209311e33c15009740fb113287323bcf3fa744bc8139\n',
])
	test(`shown: ${text.trim()}`, (t) => {
		t.is(masked(text), text);
	});
