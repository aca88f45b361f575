import test from 'ava';
import {binaryUrls, imageSources, isInsecure, nodeUrls, parseImage, registryHosts} from '../../src/artifacts/mirror.ts';
import {mirrorPresets} from '../../src/artifacts/mirror-presets.ts';
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

test('a folder is asked for the layout, then for the file alone; nodes are not told of it', (t) => {
	const mirror = {...none, binaries: 'file:///srv/shop'};
	t.deepEqual(binaryUrls(locked('release/v1/bin/kubelet'), mirror), [
		'file:///srv/shop/release/v1/bin/kubelet',
		'file:///srv/shop/kubelet',
	]);
	t.deepEqual(nodeUrls(locked('release/v1/bin/kubelet'), {mirror, fetch: 'node'}), []);
});

test('where the operator fetches for all, nodes are told of no address', (t) => {
	const one = locked('release/v1/bin/kubelet');
	t.deepEqual(nodeUrls(one, {mirror: none, fetch: 'operator'}), []);
	t.deepEqual(nodeUrls(one, {mirror: none, fetch: 'node'}), binaryUrls(one, none));
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

test('an image is looked for at each mirror under both of its names, upstream last', (t) => {
	const images = {
		'registry.k8s.io': ['https://r.example:5000/google_containers/', 'http://10.9.0.1:5000'],
		'docker.io': ['https://hub.example'],
	};
	t.deepEqual(imageSources('registry.k8s.io/coredns/coredns:v1.14.6', {images}), [
		'r.example:5000/google_containers/coredns/coredns:v1.14.6',
		'r.example:5000/google_containers/coredns:v1.14.6',
		'10.9.0.1:5000/coredns/coredns:v1.14.6',
		'10.9.0.1:5000/coredns:v1.14.6',
		'registry.k8s.io/coredns/coredns:v1.14.6',
	]);
	t.deepEqual(imageSources('busybox:1.37', {images}), ['hub.example/library/busybox:1.37', 'docker.io/library/busybox:1.37']);
	const pinned = `registry.k8s.io/pause:3.10@sha256:${'0'.repeat(64)}`;
	t.deepEqual(imageSources(pinned, {images}).slice(-2), [`10.9.0.1:5000/pause:3.10@sha256:${'0'.repeat(64)}`, pinned]);
	t.deepEqual(imageSources('quay.io/a/b:1', {images}), ['quay.io/a/b:1']);
	t.deepEqual(imageSources('registry.aliyuncs.com/google_containers/coredns:v1.8.6', {images}), [
		'registry.aliyuncs.com/google_containers/coredns:v1.8.6',
	]);
	t.deepEqual(imageSources('no image', {images}), []);
});

test("presets: aliyun by override_path, then a cache with upstream's manifests; packages by address", (t) => {
	for (const [name, preset] of Object.entries(mirrorPresets)) {
		const [kubernetes] = registryHosts(preset).filter(({host}) => host === 'registry.k8s.io');
		t.deepEqual(
			kubernetes?.endpoints.map(({url, overridePath}) => [url, overridePath]),
			[
				['https://registry.cn-hangzhou.aliyuncs.com/v2/google_containers', true],
				['https://k8s.m.daocloud.io', false],
			],
			name,
		);
		t.true(
			Object.values(preset.images)
				.flat()
				.every((url) => url.startsWith('https://') && !isInsecure(url, preset)),
		);
		t.regex(preset.packages?.kubernetes ?? '', name === 'ustc' ? /mirrors\.ustc\.edu\.cn/ : /mirrors\.aliyun\.com/);
	}
	t.is(
		imageSources('registry.k8s.io/coredns/coredns:v1.8.6', mirrorPresets.cn!)[1],
		'registry.cn-hangzhou.aliyuncs.com/google_containers/coredns:v1.8.6',
	);
});
