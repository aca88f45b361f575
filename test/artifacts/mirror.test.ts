import test from 'ava';
import {binaryUrls, mirrorPresets, parseImage, registryHosts} from '../../src/artifacts/mirror.ts';
import type {Mirror} from '../../src/model.ts';

const none: Mirror = {images: {}, insecure: []};
const locked = (...from: string[]) => ({sha256: '', size: 1, from});

test('image references are taken apart as docker does', (t) => {
	t.deepEqual(parseImage('busybox:1.37'), {registry: 'docker.io', repository: 'library/busybox', tag: '1.37'});
	t.deepEqual(parseImage('a/b'), {registry: 'docker.io', repository: 'a/b'});
	t.deepEqual(parseImage('registry.k8s.io/coredns/coredns:v1'), {
		registry: 'registry.k8s.io',
		repository: 'coredns/coredns',
		tag: 'v1',
	});
	t.deepEqual(parseImage('10.0.0.1:5000/a'), {registry: '10.0.0.1:5000', repository: 'a'});
	t.deepEqual(parseImage('localhost/a'), {registry: 'localhost', repository: 'a'});
	t.is(parseImage(`a@sha256:${'0'.repeat(64)}`)?.digest, `sha256:${'0'.repeat(64)}`);
	for (const ref of [
		'',
		'A',
		'a b',
		'a:',
		'/a',
		'a/',
		'a//b',
		'-a',
		'a;b',
		'$(x)',
		'a\n',
		'a@sha256:0',
		'https://a/b',
		'a'.repeat(600),
	])
		t.is(parseImage(ref), undefined, ref);
});

test('without a mirror, who published a path is asked', (t) => {
	t.deepEqual(binaryUrls(locked('release/v1.37.1/bin/linux/amd64/kubelet'), none), [
		'https://dl.k8s.io/release/v1.37.1/bin/linux/amd64/kubelet',
	]);
	t.deepEqual(binaryUrls(locked('/opencontainers/runc/releases/download/v1/runc'), none), [
		'https://github.com/opencontainers/runc/releases/download/v1/runc',
	]);
	t.deepEqual(binaryUrls(locked('elsewhere/x', 'https://x.example/y'), none), ['https://x.example/y']);
});

test('with a mirror, only the mirror is asked', (t) => {
	const mirror = {...none, binaries: 'http://10.9.0.1:8080/m'};
	t.deepEqual(binaryUrls(locked('release/v1/kubelet', '/a/b/releases/download/c'), mirror), [
		'http://10.9.0.1:8080/m/release/v1/kubelet',
		'http://10.9.0.1:8080/m/a/b/releases/download/c',
	]);
	t.deepEqual(binaryUrls(locked('https://x.example/y/z'), mirror), ['http://10.9.0.1:8080/m/y/z']);
	t.deepEqual(binaryUrls(locked('release/v1/kubelet'), mirrorPresets.cn!), [
		'https://files.m.daocloud.io/dl.k8s.io/release/v1/kubelet',
	]);
});

test('containerd asks the mirrors in order, then the upstream', (t) => {
	const mirror: Mirror = {
		images: {'docker.io': ['http://10.9.0.1:5000', 'https://r.example/hub/'], 'registry.k8s.io': ['https://self.example:5000']},
		insecure: ['10.9.0.1:5000', 'self.example:5000'],
		ca: '/ca.pem',
	};
	t.deepEqual(registryHosts(mirror), [
		{
			host: 'docker.io',
			server: 'https://registry-1.docker.io',
			endpoints: [
				{url: 'http://10.9.0.1:5000', overridePath: false, skipVerify: false, ca: false},
				{url: 'https://r.example/v2/hub', overridePath: true, skipVerify: false, ca: true},
			],
		},
		{
			host: 'registry.k8s.io',
			server: 'https://registry.k8s.io',
			endpoints: [{url: 'https://self.example:5000', overridePath: false, skipVerify: true, ca: false}],
		},
	]);
});
