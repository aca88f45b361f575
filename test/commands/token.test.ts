import {execFileSync} from 'node:child_process';
import {createDecipheriv} from 'node:crypto';
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import type {Flags} from '../../src/commands/call.ts';
import {tokenCreate} from '../../src/commands/token-create.ts';
import {tokenDelete} from '../../src/commands/token-delete.ts';
import {tokenList, tokenTable} from '../../src/commands/token-list.ts';
import {ConfigError, IdentityError} from '../../src/errors.ts';
import {isRoot, type Played, played} from '../access/played.ts';
import {called} from './fakes.ts';

const test = anyTest as TestFn<Played>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = played();
});
test.afterEach.always((t) => t.context.remove());

/** An authority made by openssl, and its pin as kubeadm's documentation computes it. */
const folder = mkdtempSync(join(tmpdir(), 'kubestrap-token-'));
const openssl = (...args: string[]) =>
	execFileSync('openssl', args, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
openssl(
	'req',
	'-x509',
	'-newkey',
	'rsa:2048',
	'-nodes',
	'-keyout',
	'ca.key',
	'-out',
	'ca.crt',
	'-subj',
	'/CN=kubernetes',
	'-days',
	'2',
);
const authority = openssl('x509', '-in', 'ca.crt');
const script = 'openssl x509 -pubkey -noout -in ca.crt | openssl pkey -pubin -outform DER | sha256sum';
const pin = `sha256:${execFileSync('sh', ['-c', script], {cwd: folder, encoding: 'utf8'}).slice(0, 64)}`;

const kubeconfig = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(authority).toString('base64')}
    server: https://192.0.2.11:6443
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`;
const stored = 'certificatesDir: /srv/pki\ncontrolPlaneEndpoint: api.example:6443\netcd: {local: {dataDir: /var/lib/etcd}}\n';
const map = (name: string, namespace: string, data: object) => ({
	[`configmap/${namespace}/${name}`]: {kind: 'ConfigMap', metadata: {name, namespace, uid: 'u', resourceVersion: '1'}, data},
});
const living = {
	...map('cluster-info', 'kube-public', {kubeconfig}),
	...map('kubeadm-config', 'kube-system', {ClusterConfiguration: stored}),
};

/** Calls a verb on the played control plane. */
function on(cp1: Played, flags: Partial<Flags>, stdin = '') {
	const stage = called(flags, {stdin});
	return {...stage, hands: {connect: async () => new Map([['cp1', cp1.host]])}};
}
const token = 'abcdef.0123456789abcdef';
const textOf = (data: Record<string, string>) =>
	Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));

asRoot('a made token is a Secret as kubeadm has it, and is printed', async (t) => {
	t.context.put(living);
	const {call, out, err, hands} = on(t.context, {});
	t.is(await tokenCreate(call, hands), 0);
	const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})\n$/.exec(out())!;
	const {expiration, ...rest} = textOf(t.context.objects()[`secret/kube-system/bootstrap-token-${id}`]!.data);
	t.deepEqual(rest, {
		'token-id': id,
		'token-secret': secret,
		'usage-bootstrap-signing': 'true',
		'usage-bootstrap-authentication': 'true',
		'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
	});
	t.regex(expiration!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	t.true(Math.abs(Date.parse(expiration!) - Date.now() - 24 * 3600_000) < 120_000);
	t.false(t.context.calls().includes(secret!));
	t.is(err(), '');
});

asRoot('a given token comes from stdin; its ttl, usages, groups and description are kept', async (t) => {
	t.context.put(living);
	const wish = {tokenFile: '-', ttl: '0', usages: ['authentication'], groups: ['system:bootstrappers:x'], description: 'for x'};
	const {call, out, hands} = on(t.context, {output: 'json', token: wish}, `${token}\n`);
	t.is(await tokenCreate(call, hands), 0);
	t.deepEqual(JSON.parse(out()), {token});
	t.deepEqual(textOf(t.context.objects()['secret/kube-system/bootstrap-token-abcdef']!.data), {
		'token-id': 'abcdef',
		'token-secret': '0123456789abcdef',
		description: 'for x',
		'usage-bootstrap-authentication': 'true',
		'auth-extra-groups': 'system:bootstrappers:x',
	});
	const again = on(t.context, {token: {tokenFile: '-'}}, token);
	const error = await t.throwsAsync(tokenCreate(again.call, again.hands), {instanceOf: IdentityError});
	t.is(error!.message, 'a token with the id abcdef is in the cluster already');
});

asRoot('a token on the command line is understood, with a warning', async (t) => {
	t.context.put(living);
	const {call, out, err, hands} = on(t.context, {words: [token]});
	t.is(await tokenCreate(call, hands), 0);
	t.is(out(), `${token}\n`);
	t.regex(err(), /^warning: the token stands on the command line/);
	t.false(err().includes('0123456789abcdef'));
});

asRoot('the join command names the endpoint of cluster-info and the pin of its authority', async (t) => {
	t.context.put(living);
	const {call, out, hands} = on(t.context, {words: [token], token: {printJoinCommand: true}});
	t.is(await tokenCreate(call, hands), 0);
	t.is(out(), `kubeadm join 192.0.2.11:6443 --token ${token} --discovery-token-ca-cert-hash ${pin}\n`);
	t.context.put({});
	const bare = on(t.context, {token: {printJoinCommand: true}});
	await t.throwsAsync(tokenCreate(bare.call, bare.hands), {instanceOf: IdentityError, message: /cluster-info names no server/});
	t.deepEqual(t.context.objects(), {}, 'no token is left behind');
});

asRoot(
	'where each node leads the endpoint to itself, the command comes with the line of hosts that a joining machine needs',
	async (t) => {
		t.context.put(
			map('cluster-info', 'kube-public', {kubeconfig: kubeconfig.replace('192.0.2.11:6443', 'api.lab.internal:7443')}),
		);
		// The manifest of the API server beside us, and /etc/hosts of a node.
		t.context.fake('sed', 'echo 192.0.2.11:6443');
		t.context.fake('getent', '[ "$*" = "hosts api.lab.internal" ] && echo "127.0.0.1       api.lab.internal"');
		const wish = {printJoinCommand: true};
		const {call, out, hands} = on(t.context, {token: wish});
		t.is(await tokenCreate(call, hands), 0);
		t.regex(out(), /^kubeadm join api\.lab\.internal:7443 .*\n# .*echo '192\.0\.2\.11 api\.lab\.internal' >>\/etc\/hosts\n$/);
		t.context.fake('getent', 'echo "192.0.2.1 api.lab.internal"');
		const known = on(t.context, {token: wish, output: 'json'});
		t.is(await tokenCreate(known.call, known.hands), 0);
		t.false(known.out().includes('hosts'));
	},
);

asRoot('with a certificate key the shared files lie sealed in Secret kubeadm-certs, owned by a token that expires', async (t) => {
	t.context.put(living);
	mkdirSync(t.context.at('/srv/pki/etcd'), {recursive: true});
	const files = ['ca.crt', 'ca.key', 'sa.pub', 'sa.key', 'front-proxy-ca.crt', 'front-proxy-ca.key', 'etcd/ca.crt'];
	for (const file of files) writeFileSync(t.context.at(`/srv/pki/${file}`), `this is ${file}\n`);
	const wish = {printJoinCommand: true, certificateKey: ''};
	const {call, out, err, hands} = on(t.context, {token: wish});
	t.is(await tokenCreate(call, hands), 0);
	const [, key = ''] = / --control-plane --certificate-key ([0-9a-f]{64})\n$/.exec(out())!;
	const objects = t.context.objects();
	const {data, metadata} = objects['secret/kube-system/kubeadm-certs']!;
	const open = (value: string) => {
		const sealed = Buffer.from(value, 'base64');
		const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'hex'), sealed.subarray(0, 12));
		decipher.setAuthTag(sealed.subarray(-16));
		return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString();
	};
	t.deepEqual(Object.fromEntries(Object.entries(data).map(([name, value]) => [name, value === '' ? '' : open(value)])), {
		...Object.fromEntries(files.map((file) => [file.replace('/', '-'), `this is ${file}\n`])),
		'etcd-ca.key': '',
	});
	const [owner] = metadata.ownerReferences as {name: string; uid: string; controller: boolean}[];
	const proxy = objects[`secret/kube-system/${owner!.name}`]!;
	t.is(owner!.uid, proxy.metadata.uid);
	t.true(owner!.controller);
	const said = textOf(proxy.data);
	t.is(said.description, 'Proxy for managing TTL for the kubeadm-certs secret');
	t.true(Math.abs(Date.parse(said.expiration!) - Date.now() - 2 * 3600_000) < 120_000);
	t.deepEqual(
		Object.keys(said).filter((name) => /usage|group/.test(name)),
		[],
	);
	t.truthy(objects['role/kube-system/kubeadm:kubeadm-certs']);
	t.truthy(objects['rolebinding/kube-system/kubeadm:kubeadm-certs']);
	t.false(t.context.calls().includes(key) || err().includes(key));
	const again = on(t.context, {token: {...wish, certificateKey: 'f'.repeat(64)}});
	t.is(await tokenCreate(again.call, again.hands), 0);
	t.regex(again.err(), /^warning: the certificate key stands on the command line/);
	t.not(t.context.objects()['secret/kube-system/kubeadm-certs']!.data['ca.key'], data['ca.key'], 'replaced as a whole');
});

asRoot('where kubeadm would let no control plane join, nothing is shared', async (t) => {
	t.context.put({...living, ...map('kubeadm-config', 'kube-system', {ClusterConfiguration: 'certificatesDir: /srv/pki\n'})});
	const before = t.context.objects();
	const {call, hands} = on(t.context, {token: {printJoinCommand: true, certificateKey: ''}});
	await t.throwsAsync(tokenCreate(call, hands), {instanceOf: IdentityError, message: /no controlPlaneEndpoint/});
	t.deepEqual(t.context.objects(), before);
});

test('all wrong wishes are said at once, nothing is contacted, and no secret is repeated', async (t) => {
	const wish = {ttl: 'soon', usages: ['sign'], groups: ['admins'], certificateKey: 'secret'};
	const {call, hands} = on(t.context, {token: wish});
	const error = await t.throwsAsync(tokenCreate(call, hands), {instanceOf: ConfigError});
	t.is((error as ConfigError).problems.length, 5);
	t.false(error!.message.includes('secret'));
	const bad = on(t.context, {words: ['abcdef.short']});
	const why = await t.throwsAsync(tokenCreate(bad.call, bad.hands), {instanceOf: ConfigError});
	t.false(why!.message.includes('short'));
});

const seen = (id: string, more: Record<string, string> = {}) => ({
	[`secret/kube-system/bootstrap-token-${id}`]: {
		kind: 'Secret',
		type: 'bootstrap.kubernetes.io/token',
		metadata: {name: `bootstrap-token-${id}`, namespace: 'kube-system', uid: id, resourceVersion: '1'},
		data: Object.fromEntries(
			Object.entries({'token-id': id, 'token-secret': '0123456789abcdef', ...more}).map(([key, value]) => [
				key,
				Buffer.from(value).toString('base64'),
			]),
		),
	},
});

asRoot('the list hides secrets unless they are asked for, and says what is no token', async (t) => {
	t.context.put({
		...seen('abcdef', {'usage-bootstrap-signing': 'true', 'usage-bootstrap-x': 'false'}),
		...seen('ghijkl', {'token-secret': 'x'}),
	});
	const {call, out, err, hands} = on(t.context, {});
	t.is(await tokenList(call, hands), 0);
	t.deepEqual(
		out()
			.split('\n')
			.map((line) => line.split(/\s{2,}/)),
		[
			['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'],
			['abcdef.****************', '<forever>', '<never>', 'signing', '<none>', '<none>'],
			[''],
		],
	);
	t.regex(err(), /bootstrap-token-ghijkl holds no token/);
	const whole = on(t.context, {output: 'json', token: {showSecrets: true}});
	t.is(await tokenList(whole.call, whole.hands), 0);
	t.deepEqual(JSON.parse(whole.out()), {
		apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
		kind: 'BootstrapToken',
		token,
		usages: ['signing'],
	});
});

test('the time left is said as kubeadm says it', (t) => {
	const now = new Date('2026-01-01T00:00:00Z');
	const left = (expires: string) => {
		const row = tokenTable([{id: 'abcdef', secret: 'x', expires, usages: [], groups: []}], now).split('\n')[1];
		return row?.split(/\s+/)[1];
	};
	t.is(left('2026-01-01T00:00:59Z'), '59s');
	t.is(left('2026-01-01T01:59:59Z'), '1h');
	t.is(left('2026-01-01T00:59:59Z'), '59m');
	t.is(left('2026-01-03T00:00:00Z'), '2d');
	t.is(left('2028-01-03T00:00:00Z'), '2y');
	t.is(left('2025-12-31T23:00:00Z'), '<invalid>');
});

asRoot('tokens are deleted by id; one that is not there is said, the others go', async (t) => {
	t.context.put({...seen('abcdef'), ...seen('123456')});
	const {call, out, err, hands} = on(t.context, {words: ['123456', token, 'nobody']});
	await t.throwsAsync(tokenDelete(call, hands), {instanceOf: IdentityError, message: 'there is no token nobody in the cluster'});
	t.is(out(), 'bootstrap token "123456" deleted\nbootstrap token "abcdef" deleted\n');
	t.regex(err(), /^warning: a whole token stands on the command line/);
	t.deepEqual(t.context.objects(), {});
	t.false(t.context.calls().includes('0123456789abcdef'));
	const wrong = on(t.context, {words: ['ABC', 'abcdef']});
	await t.throwsAsync(tokenDelete(wrong.call, wrong.hands), {instanceOf: ConfigError, message: /^word 1 is neither/});
});
