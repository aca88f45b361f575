import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fromFlags, load} from '../src/cluster/load.ts';
import {ConfigError} from '../src/errors.ts';
import {imageFacts} from '../src/image-history.ts';
import {addonImages, kubeadmImages} from '../src/image-list.ts';
import {imagesOf} from '../src/phases/images.ts';
import {imagesFor} from '../src/versions.ts';

const goldens = join(import.meta.dirname, 'golden/images');
const golden = (version: string, file: string) => readFileSync(join(goldens, version, file), 'utf8');

for (const version of readdirSync(goldens))
	test(`the real kubeadm ${version} lists the same, in the same order, also from another registry`, (t) => {
		t.deepEqual(kubeadmImages(version), (JSON.parse(golden(version, 'list.json')) as {images: string[]}).images);
		const settings = {imageRepository: 'registry.aliyuncs.com/google_containers'};
		t.is(`${kubeadmImages(version, settings).join('\n')}\n`, golden(version, 'mirror.txt'));
	});

/** What kubeadm of these releases printed, from their own sources: pause, etcd, CoreDNS, registry, and whether CoreDNS comes last. */
const sources: readonly (readonly [
	version: string,
	pause: string,
	etcd: string,
	coredns: string,
	registry: string,
	last: boolean,
])[] = [
	['v1.23.1', '3.6', '3.5.1-0', 'v1.8.6', 'k8s.gcr.io', true],
	['v1.23.17', '3.6', '3.5.6-0', 'v1.8.6', 'registry.k8s.io', true],
	['v1.24.7', '3.7', '3.5.3-0', 'v1.8.6', 'k8s.gcr.io', true],
	['v1.24.17', '3.7', '3.5.6-0', 'v1.8.6', 'registry.k8s.io', true],
	['v1.25.8', '3.8', '3.5.6-0', 'v1.9.3', 'registry.k8s.io', true],
	['v1.26.15', '3.9', '3.5.10-0', 'v1.9.3', 'registry.k8s.io', true],
	['v1.27.4', '3.9', '3.5.7-0', 'v1.10.1', 'registry.k8s.io', true],
	['v1.28.15', '3.9', '3.5.15-0', 'v1.10.1', 'registry.k8s.io', true],
	['v1.29.15', '3.9', '3.5.16-0', 'v1.11.1', 'registry.k8s.io', false],
	['v1.30.14', '3.9', '3.5.15-0', 'v1.11.3', 'registry.k8s.io', false],
	['v1.31.14', '3.10', '3.5.24-0', 'v1.11.3', 'registry.k8s.io', false],
	['v1.32.9', '3.10', '3.5.16-0', 'v1.11.3', 'registry.k8s.io', false],
	['v1.33.13', '3.10', '3.5.24-0', 'v1.12.0', 'registry.k8s.io', false],
	['v1.34.1', '3.10.1', '3.6.4-0', 'v1.12.1', 'registry.k8s.io', false],
	['v1.35.6', '3.10.1', '3.6.6-0', 'v1.13.1', 'registry.k8s.io', false],
];
for (const [version, pause, etcd, coredns, registry, last] of sources)
	test(`the images of ${version}`, (t) => {
		const late = [`${registry}/pause:${pause}`, `${registry}/etcd:${etcd}`];
		const dns = `${registry}/coredns/coredns:${coredns}`;
		t.deepEqual(kubeadmImages(version), [
			...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(
				(name) => `${registry}/${name}:${version}`,
			),
			...(last ? [...late, dns] : [dns, ...late]),
		]);
		t.true(kubeadmImages(version, {imageRepository: 'r.example/k8s'}).includes(`r.example/k8s/coredns:${coredns}`));
	});

/** Constants of kubeadm as its source of each of these releases has them (constants.go, images.go); `first` is what follows kube-proxy. */
type Source = {etcd: string; coredns: string; pause: string; registry: string; first: 'pause' | 'coredns'};
const constants = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/images-of-sources.json'), 'utf8')) as Record<
	string,
	Source
>;

test('the constants of the releases on both sides of each change are as their sources have them', (t) => {
	for (const [version, {etcd, coredns, pause, registry, first}] of Object.entries(constants)) {
		const facts = imageFacts(version);
		t.deepEqual([facts.etcdTag, facts.coredns, facts.pause, facts.repository], [etcd, coredns, pause, registry], version);
		t.is(facts.order[0], first, version);
	}
});

test('every minor from v1.23 to v1.37 is known from its first release on, and a later patch is taken to be as the last one', (t) => {
	for (let minor = 23; minor <= 37; minor++) t.is(imageFacts(`1.${minor}.0`).version, `v1.${minor}.0`);
	t.is(imageFacts('v1.37.99').etcdTag, imageFacts('v1.37.1').etcdTag);
});

for (const version of ['v1.22.17', 'v1.38.0', '1.37', 'latest', 'v1.37.1-rc.0', '', '$(x)'])
	test(`no list of ${JSON.stringify(version)}`, (t) => {
		const error = t.throws(() => imageFacts(version), {instanceOf: ConfigError});
		t.regex(error?.hint ?? '', /from v1\.23\.0 to v1\.37\.x/);
	});

test('settings of a ClusterConfiguration change the list as they change what runs', (t) => {
	const text = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
imageRepository: r.example/k8s
dns: {imageRepository: registry.k8s.io, imageTag: v1.12.0}
etcd: {local: {imageRepository: r.example/etcd, imageTag: 3.6.8-0, dataDir: /var/lib/etcd}}
`;
	const cluster = load(text, {file: 'c', flags: {controlPlanes: ['root@192.0.2.1'], cni: 'none'}, home: '/root'});
	const listed = kubeadmImages('v1.37.1', cluster.configuration);
	t.true(listed.includes('registry.k8s.io/coredns/coredns:v1.12.0'));
	t.true(listed.includes('r.example/etcd/etcd:3.6.8-0'));
	t.deepEqual(
		[...listed].sort(),
		Object.values(imagesFor(cluster))
			.filter((ref) => !ref.includes('busybox'))
			.sort(),
	);
	t.false(kubeadmImages('v1.37.1', {dns: {disabled: true}, proxy: {disabled: true}}).some((ref) => /coredns|proxy/.test(ref)));
	const external = {external: {endpoints: ['https://192.0.2.9:2379'], caFile: '', certFile: '', keyFile: ''}};
	t.false(kubeadmImages('v1.37.1', {etcd: external}).some((ref) => ref.includes('etcd')));
});

test('with the add-ons it is exactly what a node of a new cluster pulls', (t) => {
	for (const loadBalancer of ['none', 'node-proxy']) {
		const text = `apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec: {loadBalancer: ${loadBalancer}}\n`;
		const cluster = load(text, {file: 'c', flags: {controlPlanes: ['root@192.0.2.1']}, home: '/root'});
		const all = [...kubeadmImages('v1.37.1', cluster.configuration), ...Object.values(addonImages(cluster))];
		t.deepEqual(all.sort(), imagesOf(cluster, 'control-plane').sort());
	}
	t.deepEqual(Object.keys(addonImages(fromFlags({local: true, cni: 'none'}))), ['verify']);
});
