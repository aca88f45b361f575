import test from 'ava';
import {masked} from '../../src/foresight/masked.ts';

for (const [title, text, shown] of [
	[
		'a key in PEM',
		`-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n${'b'.repeat(64)}\n`,
		'-----BEGIN PRIVATE KEY-----\n***\n***\n',
	],
	['a key in a diff', `-${'A'.repeat(64)}\n`, '-***\n'],
	['a key of a kubeconfig', '    client-key-data: QUJD\n', '    client-key-data: ***\n'],
	['a bootstrap token', 'kubeadm join --token abcdef.0123456789abcdef x', 'kubeadm join --token *** x'],
	['a header of hosts.toml', '-  authorization = ["Basic dXNlcjpwYXNz"]\n', '-  authorization = ***\n'],
	['a password', '+"password": "geheim",\n', '+"password": ***\n'],
	['who stands in a URL', 'deb https://user:pass@mirror.example/debian', 'deb https://***@mirror.example/debian'],
] as const)
	test(`not shown: ${title}`, (t) => {
		t.is(masked(text), shown);
	});

for (const text of [
	'    - --enable-bootstrap-token-auth=true\n',
	'    - --service-account-key-file=/etc/kubernetes/pki/sa.pub\n',
	'10.0.0.1 host # me@example\n',
	'    authorization:\n      mode: Webhook\n',
	'        secret:\n          secretName: x\n',
	'image: registry.k8s.io/pause:3.10@sha256:5bd1a8f57549fcd23f7d209311e33c15009740fb113287323bcf3fa744bc8139\n',
])
	test(`shown: ${text.trim()}`, (t) => {
		t.is(masked(text), text);
	});
