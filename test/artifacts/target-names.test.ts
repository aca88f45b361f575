import test from 'ava';
import {clashes, mirrorOf, namesAt, parsePlace, targetRef} from '../../src/artifacts/target-names.ts';

const place = parsePlace('registry.example:5000/k8s/')!;

test('a place is a registry with or without a folder, and its scheme if it was written', (t) => {
	t.deepEqual(place, {host: 'registry.example:5000', base: 'registry.example:5000/k8s', plain: false});
	t.deepEqual(parsePlace('http://127.0.0.1:5000'), {host: '127.0.0.1:5000', base: '127.0.0.1:5000', plain: true});
	t.is(parsePlace('https://r.example/a')?.plain, false);
	for (const text of [
		'',
		'nodes',
		'library',
		'ftp://r.example',
		'r.example/A',
		'r.example/../x',
		'u:p@r.example',
		'r.example/a?b',
		'r.example/a:tag',
	])
		t.is(parsePlace(text), undefined, text);
});

test("names at a place are those that containerd's mirrors ask for, or kubeadm's", (t) => {
	const names = (ref: string) => [false, true].map((flat) => targetRef(ref, place, flat).replace('registry.example:5000/', ''));
	t.deepEqual(names('registry.k8s.io/coredns/coredns:v1.14.6'), ['k8s/coredns/coredns:v1.14.6', 'k8s/coredns:v1.14.6']);
	t.deepEqual(names('registry.k8s.io/pause:3.10'), ['k8s/pause:3.10', 'k8s/pause:3.10']);
	t.deepEqual(names('ghcr.io/flannel-io/flannel:v1'), ['k8s/flannel-io/flannel:v1', 'k8s/flannel-io/flannel:v1']);
	t.deepEqual(names('busybox:1.37'), ['k8s/library/busybox:1.37', 'k8s/library/busybox:1.37']);
	t.deepEqual(namesAt('registry.k8s.io/coredns/coredns:v1', place), [
		'registry.example:5000/k8s/coredns/coredns:v1',
		'registry.example:5000/k8s/coredns:v1',
	]);
});

test('two images that would have one name are found', (t) => {
	const pairs = ['quay.io/a/b:1', 'ghcr.io/a/b:1', 'ghcr.io/a/c:1'].map((name) => ({name, to: targetRef(name, place, false)}));
	t.deepEqual(clashes(pairs), ['quay.io/a/b:1 and ghcr.io/a/b:1 would both be registry.example:5000/k8s/a/b:1']);
});

test('what a config says of the place', (t) => {
	t.deepEqual(
		mirrorOf(['registry.k8s.io/pause:3', 'busybox:1', 'registry.k8s.io/etcd:1'], parsePlace('http://10.0.0.1:5000/x')!),
		{
			images: {'docker.io': ['http://10.0.0.1:5000/x'], 'registry.k8s.io': ['http://10.0.0.1:5000/x']},
			insecure: ['10.0.0.1:5000'],
		},
	);
	const files = {auth: '/a/config.json', ca: '/a/ca.pem'};
	t.deepEqual(mirrorOf(['busybox:1'], place, files), {images: {'docker.io': ['https://registry.example:5000/k8s']}, ...files});
	t.deepEqual(mirrorOf(['busybox:1'], place, {auth: undefined, ca: undefined}), {
		images: {'docker.io': ['https://registry.example:5000/k8s']},
	});
});
