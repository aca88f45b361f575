import test from 'ava';
import {judge, parsePin, refusal, type Trust, wantedAlgorithms} from '../../src/host/host-key.ts';
import {fingerprint, lookUp, parseKnownHosts} from '../../src/host/known-hosts.ts';

const key = (type: string, fill: number) => {
	const head = Buffer.alloc(4);
	head.writeUInt32BE(type.length);
	return Buffer.concat([head, Buffer.from(type), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, fill)]);
};
const line = (blob: Buffer, type: string) => `${type} ${blob.toString('base64')}`;
const [ours, other, rsa] = [key('ssh-ed25519', 1), key('ssh-ed25519', 2), key('ssh-rsa', 3)];

const trust = (known: string, pin?: string): Trust => {
	const parsed = pin === undefined ? undefined : parsePin(pin);
	const file = '/home/me/.ssh/known_hosts';
	return {
		host: 'node1',
		port: 2222,
		known: lookUp(parseKnownHosts(known, file), 'node1', 2222),
		file,
		...(parsed && {pin: parsed}),
	};
};

test('a pin is a fingerprint, a public key line, or a known_hosts line', (t) => {
	const expected = {fingerprint: fingerprint(ours)};
	t.deepEqual(parsePin(fingerprint(ours)), expected);
	t.deepEqual(parsePin(`${fingerprint(ours)}=`), expected);
	t.deepEqual(parsePin(`${line(ours, 'ssh-ed25519')} root@node1`), {...expected, type: 'ssh-ed25519'});
	t.deepEqual(parsePin(`node1,10.0.0.1 ${line(ours, 'ssh-ed25519')}`), {...expected, type: 'ssh-ed25519'});
	for (const wrong of ['', 'SHA256:short', 'MD5:00:11', 'ssh-ed25519', 'ssh-ed25519 AAAA']) t.is(parsePin(wrong), undefined);
});

test('the verdict: a pin beats known_hosts, a revoked key beats both', (t) => {
	const known = `[node1]:2222 ${line(ours, 'ssh-ed25519')}`;
	t.is(judge(trust(''), ours), 'new');
	t.is(judge(trust(known), ours), 'known');
	t.is(judge(trust(known), other), 'wrong');
	t.is(judge(trust(known, fingerprint(other)), other), 'known');
	t.is(judge(trust(known, fingerprint(other)), ours), 'wrong');
	t.is(judge(trust(`${known}\n@revoked * ${line(ours, 'ssh-ed25519')}`, fingerprint(ours)), ours), 'revoked');
});

test('the server is asked only for types that can be judged, and never for SHA-1', (t) => {
	t.deepEqual(wantedAlgorithms(trust(`[node1]:2222 ${line(rsa, 'ssh-rsa')}`)), ['rsa-sha2-512', 'rsa-sha2-256']);
	t.deepEqual(wantedAlgorithms(trust('', line(ours, 'ssh-ed25519'))), ['ssh-ed25519']);
	t.false(wantedAlgorithms(trust('')).includes('ssh-rsa'));
	t.true(wantedAlgorithms(trust('', fingerprint(ours))).length > 1, 'a fingerprint does not say its type');
});

test('a refusal shows both fingerprints and the line to change', (t) => {
	const wrong = refusal(trust(`# old\n[node1]:2222 ${line(ours, 'ssh-ed25519')}`), 'wrong', [other]);
	t.true(wrong.message.includes(`expected ${fingerprint(ours)} (/home/me/.ssh/known_hosts:2)`));
	t.true(wrong.message.includes(`seen ${fingerprint(other)} (ssh-ed25519)`));
	t.true(wrong.hint.includes(`ssh-keygen -R '[node1]:2222' -f /home/me/.ssh/known_hosts`));
	const unknown = refusal(trust(''), 'new', [other]);
	t.true(unknown.message.includes(fingerprint(other)));
	t.true(unknown.hint.includes(`hostKey: "${fingerprint(other)}"`));
});
