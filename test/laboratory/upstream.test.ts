import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {run} from '../../hack/laboratory/command.ts';
import {component} from '../../hack/laboratory/components.ts';
import {serveFolder} from '../../hack/laboratory/mirror.ts';
import {downloadsOf, take} from '../../hack/laboratory/upstream.ts';
import {checksumIn} from '../../src/artifacts/releases.ts';

const hex = (letter: string) => letter.repeat(64);

test('a checksum is read alone, with its name, and out of a list', (t) => {
	t.is(checksumIn(`${hex('a')}\n`, 'kubelet'), hex('a'));
	t.is(checksumIn(`${hex('b')}  crictl.tar.gz\n`, 'crictl.tar.gz'), hex('b'));
	t.is(checksumIn(`${hex('a')}  runc.arm64\n${hex('c')}  runc.amd64\n`, 'runc.amd64'), hex('c'));
	t.is(checksumIn(`${hex('a')}  one\n${hex('c')}  two\n`, 'three'), undefined);
	t.is(checksumIn('<html>sign in first</html>', 'kubelet'), undefined);
});

test('releases are asked for where the projects publish them', (t) => {
	const urls = (name: string) => downloadsOf(component(name)).map(({url}) => url);
	t.true(urls('kubernetes-v1.37.1').includes('https://dl.k8s.io/release/v1.37.1/bin/linux/amd64/kubelet'));
	t.deepEqual(urls('coredns-v1.14.6'), [
		'https://github.com/coredns/coredns/releases/download/v1.14.6/coredns_1.14.6_linux_amd64.tgz',
	]);
	t.deepEqual(urls('pause-3.10.2'), []);
	t.deepEqual(urls('flannel-cni-v0.9.1'), []);
});

test('takes what its project vouches for, refuses what it does not, and leaves the rest to the compiler', async (t) => {
	const served = mkdtempSync(join(tmpdir(), 'releases-'));
	const folder = mkdtempSync(join(tmpdir(), 'bin-'));
	writeFileSync(join(served, 'crictl'), '#!/bin/sh\n');
	await run(['tar', '-C', served, '-czf', join(served, 'crictl.tar.gz'), 'crictl']);
	const sha256 = createHash('sha256')
		.update(readFileSync(join(served, 'crictl.tar.gz')))
		.digest('hex');
	writeFileSync(join(served, 'good'), `${sha256}  crictl.tar.gz\n`);
	writeFileSync(join(served, 'bad'), `${hex('d')}  crictl.tar.gz\n`);
	const server = createServer(serveFolder(served, () => {})).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const download = {url: `${base}/crictl.tar.gz`, members: {crictl: 'crictl'}};

	await t.throwsAsync(take({...download, sums: `${base}/bad`}, folder), {message: /has sha256 .* its project says dddd/});
	t.deepEqual(readdirSync(folder), []);
	t.true(await take({...download, sums: `${base}/good`}, folder));
	t.is(statSync(join(folder, 'crictl')).mode & 0o777, 0o755);
	t.deepEqual(readdirSync(folder), ['crictl']);
	t.false(await take({...download, sums: `${base}/none`}, folder));
});
