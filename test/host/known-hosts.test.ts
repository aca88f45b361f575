import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fingerprint, keyType, knownName, lookUp, parseKnownHosts} from '../../src/host/known-hosts.ts';
import {testFolder} from '../folder.ts';

// Three keys made by ssh-keygen; only their public halves exist.
const a = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKdQzWcB8c4cVcQv4ZkcHsv8pBfBxgk5ZtPjT5t0lN9q';
const b = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA7XkLz0N2Y4vYbB1Tn3h8q1Yk0m6m4n9Q0l2o5t7u8w';

const keysOf = (text: string, host: string, port = 22) => lookUp(parseKnownHosts(text, 'kh'), host, port);
const found = (text: string, host: string, port = 22) => keysOf(text, host, port).keys.map(({where}) => where);

test('a host is found by its exact name, whatever the letters, and by each of a list', (t) => {
	t.deepEqual(found(`node1,10.0.0.1 ${a}`, 'Node1'), ['kh:1']);
	t.deepEqual(found(`node1,10.0.0.1 ${a}`, '10.0.0.1'), ['kh:1']);
	t.deepEqual(found(`node1,10.0.0.1 ${a}`, 'node'), []);
	t.deepEqual(found(`node1 ${a}`, 'node1.example'), []);
});

test('another port is another host', (t) => {
	t.deepEqual(found(`node1 ${a}\n[node1]:2222 ${b}`, 'node1', 2222), ['kh:2']);
	t.deepEqual(found(`node1 ${a}\n[node1]:2222 ${b}`, 'node1'), ['kh:1']);
	t.is(knownName('FE80::1', 2222), '[fe80::1]:2222');
});

test('wildcards and negation', (t) => {
	const text = `*.example,!secret.example,node? ${a}`;
	t.deepEqual(found(text, 'web.example'), ['kh:1']);
	t.deepEqual(found(text, 'secret.example'), []);
	t.deepEqual(found(text, 'node7'), ['kh:1']);
	t.deepEqual(found(text, 'node77'), []);
	t.deepEqual(found(`10.0.0.1 ${a}`, '10a0b0c1'), [], 'a dot is no wildcard');
});

test('markers: revoked keys and authorities are no trusted keys', (t) => {
	const known = keysOf(`@revoked * ${a}\n@cert-authority *.example ${b}\n@other * ${b}\nweb.example ${b}`, 'web.example');
	t.deepEqual(
		known.keys.map(({where}) => where),
		['kh:4'],
	);
	t.deepEqual(
		known.revoked.map(({where}) => where),
		['kh:1'],
	);
	t.deepEqual(
		known.authorities.map(({where}) => where),
		['kh:2'],
	);
});

test('lines that say nothing are passed over', (t) => {
	const text = [
		'',
		'# comment',
		'node1',
		'node1 ssh-ed25519',
		'node1 ssh-ed25519 !!!!',
		`node1 ssh-rsa ${a.split(' ')[1]}`,
		`\tnode1\t${a}  comment\r`,
	].join('\n');
	t.deepEqual(found(text, 'node1'), ['kh:7']);
});

test('ssh-keygen hashes names, and we find them', (t) => {
	const file = join(testFolder(), 'known_hosts');
	writeFileSync(file, `node1,10.0.0.1 ${a}\n[node2]:2222 ${b}\n`);
	execFileSync('ssh-keygen', ['-H', '-f', file], {stdio: 'ignore'});
	const text = readFileSync(file, 'utf8');
	t.regex(text, /^\|1\|/);
	t.is(found(text, 'node1').length, 1);
	t.is(found(text, '10.0.0.1').length, 1);
	t.is(found(text, 'node2', 2222).length, 1);
	t.is(found(text, 'node2').length, 0);
	t.is(found(text, 'node3').length, 0);
});

test('fingerprints are those of ssh-keygen', (t) => {
	const file = join(testFolder(), 'key.pub');
	writeFileSync(file, `${a}\n`);
	const shown = execFileSync('ssh-keygen', ['-lf', file], {encoding: 'utf8'}).split(' ')[1];
	const blob = Buffer.from(a.split(' ')[1]!, 'base64');
	t.is(fingerprint(blob), shown!);
	t.is(keyType(blob), 'ssh-ed25519');
	for (const wrong of ['', 'AAAA', '////////', 'AAAAB']) t.is(keyType(Buffer.from(wrong, 'base64')), '');
});
