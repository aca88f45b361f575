import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {LockedImage, Scope} from '../../src/model.ts';
import {registries} from '../../src/phases/registries.ts';
import {contentOf, filesOf} from '../contract/ours.ts';
import {scopesOf, shown} from './cluster.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const locked = (...from: string[]): LockedImage => ({platform: 'linux/amd64', digest, config: digest, diffIDs: [digest], from});
const scopeWith = (mirror: string, images: Scope['lock']['images'] = {}): Scope => {
	const {cp1} = scopesOf([{name: 'cp1'}], {spec: `  mirror: ${mirror}\n`});
	return {...cp1!, lock: {...cp1!.lock, images}};
};
const files = (scope: Scope) =>
	Object.fromEntries(
		[...filesOf([registries], scope)].map(([path, step]) => [
			path.replace('/etc/containerd/certs.d/', ''),
			{text: shown(contentOf(step)), mode: step.mode},
		]),
	);

test('upstreams have their mirrors; a mirror that speaks plain HTTP has a file of its own, because places of the lock name it', (t) => {
	const scope = scopeWith(
		'{images: {registry.k8s.io: ["http://10.0.0.9:5001/google_containers", "https://m.example"]}, insecure: ["10.0.0.9:5001"]}',
		{'registry.k8s.io/pause:3': locked(`10.0.0.9:5001/google_containers/pause:3@${digest}`, 'registry.k8s.io/pause:3')},
	);
	const found = files(scope);
	t.deepEqual(Object.keys(found), ['registry.k8s.io/hosts.toml', '10.0.0.9:5001/hosts.toml']);
	t.is(
		found['registry.k8s.io/hosts.toml']?.text,
		`# Written by kubestrap: the mirrors of registry.k8s.io, in the order they are asked.
server = "https://registry.k8s.io"

[host."http://10.0.0.9:5001/v2/google_containers"]
  capabilities = ['pull', 'resolve']
  dial_timeout = '5s'
  override_path = true

[host."https://m.example"]
  capabilities = ['pull', 'resolve']
  dial_timeout = '5s'
`,
	);
	t.is(
		found['10.0.0.9:5001/hosts.toml']?.text,
		'# Written by kubestrap: the mirrors of 10.0.0.9:5001, in the order they are asked.\nserver = "http://10.0.0.9:5001"\n',
	);
	t.is(found['10.0.0.9:5001/hosts.toml']?.mode, '0644');
});

test('an authority and a certificate that is not checked are said of the mirror itself too', (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-registries-'));
	writeFileSync(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n');
	const scope = scopeWith(
		`{images: {ghcr.io: ["https://m.example/x", "https://open.example:8443"]}, ca: ${join(folder, 'ca.pem')}, insecure: ["open.example:8443"]}`,
	);
	const found = files(scope);
	t.deepEqual(Object.keys(found), [
		'ghcr.io/mirror-ca.crt',
		'ghcr.io/hosts.toml',
		'm.example/mirror-ca.crt',
		'm.example/hosts.toml',
		'open.example:8443/hosts.toml',
	]);
	t.true(found['m.example/hosts.toml']?.text.endsWith(`server = "https://m.example"\nca = 'mirror-ca.crt'\n`));
	t.true(found['open.example:8443/hosts.toml']?.text.endsWith(`server = "https://open.example:8443"\nskip_verify = true\n`));
});

test('a host that only the lock names: with usual manners it needs no file; an insecure one may speak either way', (t) => {
	const scope = scopeWith('{images: {}, insecure: ["odd.example:5000"]}', {
		'ghcr.io/a:1': locked('usual.example/a:1', 'odd.example:5000/a:1', 'ghcr.io/a:1'),
	});
	const found = files(scope);
	t.deepEqual(Object.keys(found), ['odd.example:5000/hosts.toml']);
	t.regex(found['odd.example:5000/hosts.toml']!.text, /server = "https:.*\nskip_verify = true\n\n\[host\."http:\/\/odd/);
});

test('credentials are secrets in their place, in a file for root alone', (t) => {
	const scope = scopeWith('{images: {ghcr.io: ["https://m.example:444/x"]}, auth: /etc/auth.json}');
	const found = files(scope);
	t.deepEqual(
		Object.values(found).map(({mode}) => mode),
		['0600', '0600'],
	);
	t.regex(found['ghcr.io/hosts.toml']!.text, /override_path = true\n {2}\(registry-header@m\.example:444\)\n$/);
	t.regex(found['m.example:444/hosts.toml']!.text, /server = "https:\/\/m\.example:444"\n\(registry-header@m\.example:444\)\n$/);
});

test('what a former mirror had goes; what was somebody else’s before us does not', (t) => {
	const scope = scopeWith('{images: {ghcr.io: ["https://m.example"]}}');
	const owned = [
		'former.example/hosts.toml',
		'former.example/mirror-ca.crt',
		'ghcr.io/hosts.toml',
		'theirs.example/hosts.toml',
	].map((name) => ({
		kind: 'file',
		name: `/etc/containerd/certs.d/${name}`,
		before: name.startsWith('theirs') ? '644 root:root aGk=' : null,
	}));
	const ownership = {clusterId: 'a', name: 'test', writer: '', fence: 1, birthMembers: [], owned};
	const facts = {...scope.site.facts, ownership};
	const gone = registries.steps({...scope, site: {...scope.site, facts}}).filter(({kind}) => kind === 'absent');
	t.deepEqual(gone, [
		{kind: 'absent', path: '/etc/containerd/certs.d/former.example/hosts.toml'},
		{kind: 'absent', path: '/etc/containerd/certs.d/former.example/mirror-ca.crt'},
	]);
});
