import {execFileSync} from 'node:child_process';
import type {KeyObject} from 'node:crypto';
import test from 'ava';
import {judgeAuthority, judgeLeaf} from '../../pki/judge.ts';
import {makeKey} from '../../pki/keys.ts';
import {type Profile, profiles} from '../../pki/profiles.ts';
import {issue, type Signer, type Wanted} from '../../pki/sign.ts';

const at = new Date('2026-11-21T00:05:00Z');
const soon = new Date('2026-11-22T00:05:00Z');
const late = new Date('2026-11-23T00:05:00Z');
const early = new Date('2026-11-20T00:05:00Z');

const wanted = (commonName: string, profile: Profile, more: Partial<Wanted> = {}): Wanted => ({
	commonName,
	organizations: [],
	names: {dns: [], ips: []},
	profile,
	notBefore: new Date('2026-11-21T00:00:00Z'),
	notAfter: soon,
	...more,
});

const key: KeyObject = await makeKey('ECDSA-P256');
const [caKey, otherKey] = [await makeKey('ECDSA-P256'), await makeKey('ECDSA-P256')];
const authority = (commonName: string, key: KeyObject, signer?: Signer): Signer => ({
	certificate: issue(wanted(commonName, profiles.authority), key, signer),
	key,
});
const ca = authority('kubernetes', caKey);
const sameName = authority('kubernetes', otherKey);
const between = authority('between', otherKey, ca);

const names = {dns: ['cp1', '*.prod.example'], ips: ['10.0.0.11', 'fd00::1']};
const server = wanted('kube-apiserver', profiles.server, {names});
const client = wanted('kubernetes-admin', profiles.client, {organizations: ['kubeadm:cluster-admins']});
const verdict = (made: Wanted, asked: Wanted, {signer = ca, when = at} = {}) =>
	judgeLeaf(issue(made, key, signer), asked, ca.certificate, when);

test('what was made as wanted stays', (t) => {
	t.is(verdict(server, server), undefined);
	t.is(verdict(client, client), undefined);
});

test('more names and groups than wanted are no fault', (t) => {
	t.is(verdict({...server, names: {dns: [...names.dns, 'more'], ips: [...names.ips, '10.9.9.9']}}, server), undefined);
	t.is(verdict({...client, organizations: ['more', 'kubeadm:cluster-admins']}, client), undefined);
});

test('a wildcard covers a name, and another spelling of an address is the address', (t) => {
	t.is(verdict(server, {...server, names: {dns: ['api.prod.example'], ips: ['FD00:0:0::1']}}), undefined);
});

for (const [title, made, asked, options, fault] of [
	[
		'another authority of the same name',
		server,
		server,
		{signer: sameName},
		{fault: 'foreign', why: 'it is not signed by this authority (CN=kubernetes) but by CN=kubernetes'},
	],
	[
		'an intermediate that is not in the file',
		server,
		server,
		{signer: between},
		{fault: 'foreign', why: 'it is not signed by this authority (CN=kubernetes) but by CN=between'},
	],
	['expired', server, server, {when: late}, {fault: 'period', why: 'it expired at 2026-11-22T00:05:00Z'}],
	[
		'not yet valid',
		server,
		server,
		{when: early},
		{fault: 'period', why: 'it is not valid before 2026-11-21T00:00:00Z, and now is 2026-11-20T00:05:00Z'},
	],
	['wrong usage', {...server, profile: profiles.client}, server, {}, {fault: 'use', why: 'it may not be used for serverAuth'}],
	['half the usage', server, {...server, profile: profiles.peer}, {}, {fault: 'use', why: 'it may not be used for clientAuth'}],
	[
		'a name missing',
		{...server, names: {dns: ['cp1'], ips: ['10.0.0.11']}},
		server,
		{},
		{fault: 'names', why: 'it lacks the names *.prod.example, fd00::1'},
	],
	[
		'another user',
		{...client, commonName: 'eve'},
		client,
		{},
		{fault: 'subject', why: 'its common name is "eve", not "kubernetes-admin"'},
	],
	[
		'no group',
		{...client, organizations: []},
		client,
		{},
		{fault: 'subject', why: 'its organization is not kubeadm:cluster-admins'},
	],
] as const) {
	test(`a leaf with a fault: ${title}`, (t) => t.deepEqual(verdict(made as Wanted, asked as Wanted, options), fault));
}

test('the name in a serving subject does not matter', (t) => {
	t.is(verdict({...server, commonName: 'whatever'}, server), undefined);
});

test('a chain in the file leads to the authority', (t) => {
	const leaf = issue(server, key, between);
	t.is(judgeLeaf(leaf + between.certificate, server, ca.certificate, at), undefined);
	// A leaf is no link of a chain, whoever signed it.
	const impostor = issue({...server, commonName: 'between'}, otherKey, ca);
	t.is(judgeLeaf(leaf + impostor, server, ca.certificate, at)?.fault, 'foreign');
});

test('of several authorities in ca.crt the first one counts', (t) => {
	const leaf = issue(server, key, ca);
	t.is(judgeLeaf(leaf, server, ca.certificate + sameName.certificate, at), undefined);
	t.is(judgeLeaf(leaf, server, sameName.certificate + ca.certificate, at)?.fault, 'foreign');
});

test('what is no certificate is said to be none', (t) => {
	t.deepEqual(judgeLeaf('', server, ca.certificate, at), {
		fault: 'unreadable',
		why: 'it cannot be read: there is no certificate in PEM form',
	});
	t.is(judgeAuthority('-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n', at)?.fault, 'unreadable');
});

test('an authority must be one, may sign, and is in its period', (t) => {
	t.is(judgeAuthority(ca.certificate, at), undefined);
	t.is(judgeAuthority(`some text\n${ca.certificate}${between.certificate}`, at), undefined);
	t.deepEqual(judgeAuthority(issue(server, key, ca), at), {
		fault: 'use',
		why: 'it is not a certificate authority (basic constraints do not say CA)',
	});
	const mute = issue(wanted('mute', {...profiles.authority, keyUsage: ['digitalSignature']}), key);
	t.deepEqual(judgeAuthority(mute, at), {
		fault: 'use',
		why: 'its key usage does not allow it to sign certificates (keyCertSign)',
	});
	t.is(judgeAuthority(ca.certificate, late)?.fault, 'period');
	t.is(judgeAuthority(ca.certificate, early)?.fault, 'period');
});

test('an authority with a key that kubeadm could not use is told', (t) => {
	const pem = execFileSync('openssl', 'req -x509 -newkey ed25519 -nodes -keyout /dev/null -subj /CN=ed -days 9'.split(' '), {
		stdio: 'pipe',
	});
	t.deepEqual(judgeAuthority(pem.toString(), new Date()), {
		fault: 'use',
		why: 'keys of type ed25519 sign no certificates here; RSA and ECDSA do',
	});
});
