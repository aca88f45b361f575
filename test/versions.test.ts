import test from 'ava';
import {fromFlags} from '../src/cluster/load.ts';
import {ConfigError} from '../src/errors.ts';
import {artifactsFor, defaultKubernetesVersion, imagesFor, kubernetesVersion} from '../src/versions.ts';

test('each minor has the image versions of its kubeadm', (t) => {
	t.like(kubernetesVersion('v1.37.1'), {
		minor: '1.37',
		version: 'v1.37.1',
		etcdTag: '3.7.0-0',
		coredns: 'v1.14.6',
		pause: '3.10.2',
	});
	t.like(kubernetesVersion('1.36.4'), {
		minor: '1.36',
		version: 'v1.36.4',
		etcdTag: '3.6.8-0',
		coredns: 'v1.14.2',
		pause: '3.10.2',
	});
	t.is(kubernetesVersion(defaultKubernetesVersion).version, defaultKubernetesVersion);
});

for (const version of ['v1.35.4', 'v1.36.0', 'v1.38.0', '1.37', 'stable-1', 'v1.37.01', ' v1.37.1', 'v1.37.0-rc.1', '', '$(x)'])
	test(`refused, with what is supported: ${JSON.stringify(version)}`, (t) => {
		const error = t.throws(() => kubernetesVersion(version), {instanceOf: ConfigError});
		t.regex(error?.hint ?? '', /v1\.37\.0 and later patches, v1\.36\.1 and later patches/);
	});

test('images have the names that kubeadm gives them', (t) => {
	t.deepEqual(imagesFor(fromFlags({local: true})), {
		apiserver: 'registry.k8s.io/kube-apiserver:v1.37.1',
		controllerManager: 'registry.k8s.io/kube-controller-manager:v1.37.1',
		scheduler: 'registry.k8s.io/kube-scheduler:v1.37.1',
		proxy: 'registry.k8s.io/kube-proxy:v1.37.1',
		coredns: 'registry.k8s.io/coredns/coredns:v1.14.6',
		pause: 'registry.k8s.io/pause:3.10.2',
		etcd: 'registry.k8s.io/etcd:3.7.0-0',
		flannel: 'ghcr.io/flannel-io/flannel:v0.28.4',
		flannelCni: 'ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel1',
		busybox: 'docker.io/library/busybox:1.37',
	});
});

test('another registry has a flat CoreDNS, and no flannel images without flannel', (t) => {
	const images = imagesFor(fromFlags({local: true, imageRepository: 'r.example:5000/k8s', cni: 'none'}));
	t.is(images.coredns, 'r.example:5000/k8s/coredns:v1.14.6');
	t.is(images.pause, 'r.example:5000/k8s/pause:3.10.2');
	t.false('flannel' in images);
});

test('binaries have their keys in the lock', (t) => {
	t.deepEqual(artifactsFor(fromFlags({local: true, kubernetesVersion: 'v1.36.4'}), 'arm64'), [
		'containerd/v2.4.2/arm64',
		'runc/v1.5.2/arm64',
		'cni-plugins/v1.9.1/arm64',
		'crictl/v1.36.0/arm64',
		'kubelet/v1.36.4/arm64',
		'kubectl/v1.36.4/arm64',
		'kubeadm/v1.36.4/arm64',
	]);
});
