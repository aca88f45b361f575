import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {joinGroup} from '../../src/contract/joining.ts';
import {IdentityError, Interrupted} from '../../src/errors.ts';
import {nodeRequest} from '../../src/identity/secrets/node-request.ts';
import type {Host} from '../../src/model.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubestrap-requests-'));
test.after.always(() => rmSync(folder, {recursive: true}));
const openssl = (...args: string[]) =>
	execFileSync('openssl', args, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
for (const key of ['own', 'other'])
	openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${key}.key`);

/** A request as the API shows it, made by openssl. */
type Odd = {
	key?: string;
	subject?: string;
	token?: string;
	groups?: string[];
	signerName?: string;
	usages?: readonly string[];
	request?: string;
};
function request(
	name: string,
	{key = 'own', subject = '/O=system:nodes/CN=system:node:w1', token = 'bbbbbb', ...more}: Odd = {},
) {
	const pem = openssl('req', '-new', '-key', `${key}.key`, '-subj', subject);
	return {
		metadata: {name},
		spec: {
			username: `system:bootstrap:${token}`,
			groups: ['system:bootstrappers', joinGroup, 'system:authenticated'],
			signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
			usages: ['digital signature', 'client auth'],
			request: Buffer.from(pem).toString('base64'),
			...more,
		},
	};
}

/** Not a machine: answers every command with this. */
const fake = (stdout: string) => ({name: 'fake', exec: async () => ({code: 0, stdout, stderr: ''})}) as unknown as Host;

/** What is found among these requests, where w1 has the key `own` and the token of the run is bbbbbb. */
function found(items: readonly object[], signal?: AbortSignal) {
	const host = fake(openssl('pkey', '-in', 'own.key', '-pubout'));
	const asked = {node: 'w1', pki: '/pki', server: 'https://10.0.0.1:6443', token: 'bbbbbb'};
	return nodeRequest(asked, {host, through: fake(JSON.stringify({items})), signal, hide: (text) => text});
}

test('the request with the key that lies on the machine is found among all others', async (t) => {
	const others = [
		request('w2', {subject: '/O=system:nodes/CN=system:node:w2', key: 'other'}),
		request('plain', {groups: ['system:bootstrappers']}),
		request('server', {signerName: 'kubernetes.io/kubelet-serving'}),
		{},
	];
	t.is(await found([...others, request('ours')]), 'ours');
});

test('the question leaves no cache of kubectl in a home of the machine that is asked', async (t) => {
	const asked: string[] = [];
	const through = {
		exec: async (argv: readonly string[]) => {
			asked.push(argv.join(' '));
			return {code: 0, stdout: JSON.stringify({items: [request('ours')]}), stderr: ''};
		},
	} as unknown as Host;
	const host = fake(openssl('pkey', '-in', 'own.key', '-pubout'));
	const about = {node: 'w1', pki: '/pki', server: 'https://10.0.0.1:6443', token: 'bbbbbb'};
	t.is(await nodeRequest(about, {host, through, signal: undefined, hide: (text) => text}), 'ours');
	for (const call of asked.join('\n').matchAll(/^.*\bkubectl --.*$/gm)) t.regex(call[0], /--cache-dir \/run\/kubestrap\//);
	t.regex(asked[0]!, /kubectl --/);
});

test('a run that was killed left the request: the kubelet takes it up again, because its name comes from the key', async (t) => {
	t.is(await found([request('early', {token: 'aaaaaa'})]), 'early');
});

test('an earlier request with another key is of the time before a reset: it is passed over', async (t) => {
	t.is(await found([request('old', {token: 'aaaaaa', key: 'other'}), request('ours')]), 'ours');
});

for (const [title, more, what] of [
	['another key', {key: 'other'}, /w1 with another key \(strange\)/],
	['another group', {subject: '/O=system:masters/CN=system:node:w1'}, /w1 that is good for more than a kubelet needs/],
	['more uses', {usages: ['server auth']}, /w1 that is good for more than a kubelet needs/],
] as const) {
	test(`${title} under this run's token is told, and not approved`, async (t) => {
		const error = await t.throwsAsync(found([request('strange', more)]), {instanceOf: IdentityError});
		t.regex(error.message, what);
	});
}

test('what cannot be read is nobody’s', async (t) => {
	t.is(await found([request('torn', {request: 'bm8='}), request('ours')]), 'ours');
});

test('stopped while it waits, it is stopped, and no fault of ours', async (t) => {
	await t.throwsAsync(found([], AbortSignal.abort()), {instanceOf: Interrupted});
});
