import test from 'ava';
import type {Facts, Lock, Scope, Step} from '../../src/model.ts';
import {missingPackages} from '../../src/packages/wanted.ts';
import {kubelet} from '../../src/phases/kubelet.ts';
import {packageSources} from '../../src/phases/package-sources.ts';
import {packages} from '../../src/phases/packages.ts';
import {resetPackages} from '../../src/phases/reset-packages.ts';
import {runtime} from '../../src/phases/runtime.ts';
import {artifactsFor} from '../../src/versions.ts';
import {output} from '../checks/sample.ts';
import {scopesOf} from './cluster.ts';

const sum = 'a'.repeat(64);
const fingerprint = 'D'.repeat(40);
const file = (version: string) => ({version, sha256: sum, size: 1, from: 'x.deb'});
const lockOf = (codename = 'bookworm', containerd = '1.6.20~ds1-1') =>
	({
		kubernetes: {
			repository: 'core/stable/v1.37/deb',
			fingerprint,
			files: {
				...Object.fromEntries(['kubelet', 'kubeadm', 'kubectl'].map((name) => [`${name}/amd64`, file('1.37.1-1.1')])),
				'cri-tools/amd64': file('1.36.0-1.1'),
				'kubernetes-cni/all': file('1.9.1-1.1'),
			},
		},
		docker: {
			repository: `linux/debian/dists/${codename}/stable`,
			fingerprint,
			files: {'containerd.io/amd64': file('2.4.2-1~debian.12~bookworm')},
		},
		os: {
			repository: `dists/${codename}/main`,
			fingerprint,
			files: {'containerd/amd64': file(containerd), 'runc/amd64': file('1.1.5+ds1-1')},
		},
	}) satisfies Lock['packages'];

const debian = {id: 'debian', idLike: [], versionId: '12', pretty: 'Debian GNU/Linux 12 (bookworm)', codename: 'bookworm'};
const tools = 'losetup mount modprobe sysctl iptables ebtables conntrack socat ethtool';

function scope(spec: string, facts: Partial<Facts> = {}, lock = lockOf()): Scope {
	const probes = {paths: output(tools.replaceAll(' ', '\n'))};
	const given = scopesOf([{name: 'cp1', facts: {os: debian, probes, ...facts}}], {spec}).cp1!;
	return {...given, lock: {...given.lock, packages: lock}, keys: {kubernetes: 'KEY', docker: 'KEY'}};
}
const all = '  runtime: {source: packages, package: containerd.io}\n  kubernetes: {source: packages}\n';
const files = (steps: readonly Step[]) => steps.flatMap((step) => (step.kind === 'file' ? [step.path] : []));

test('without a word of packages no step is there, and no binary is missing', (t) => {
	const plain = scope('');
	t.deepEqual([...packageSources.steps(plain), ...packages.steps(plain)], []);
	t.is(artifactsFor(plain.cluster, 'amd64').length, 7);
});

test('all from packages: one run of apt with the versions of the lock, held; nothing is fetched', (t) => {
	const one = scope(all);
	const step = packages.steps(one).find(({kind}) => kind === 'package');
	t.like(step, {hold: true, sources: ['60-kubestrap-kubernetes.sources', '60-kubestrap-docker.sources']});
	t.deepEqual(step?.kind === 'package' ? step.packages : [], [
		{name: 'kubelet', version: '1.37.1-1.1'},
		{name: 'kubeadm', version: '1.37.1-1.1'},
		{name: 'kubectl', version: '1.37.1-1.1'},
		{name: 'cri-tools', version: '1.36.0-1.1'},
		{name: 'kubernetes-cni', version: '1.9.1-1.1'},
		{name: 'containerd.io', version: '2.4.2-1~debian.12~bookworm'},
	]);
	t.deepEqual(artifactsFor(one.cluster, 'amd64'), []);
	const later = [...runtime.steps(one), ...kubelet.steps(one)];
	t.false(later.some(({kind}) => kind === 'fetch'));
	t.false(
		files(later).some((path) => /systemd/.test(path)),
		"the packages' units are the only ones",
	);
	t.deepEqual(files(packageSources.steps(one)), [
		'/etc/apt/keyrings/60-kubestrap-kubernetes.asc',
		'/etc/apt/sources.list.d/60-kubestrap-kubernetes.sources',
		'/etc/apt/keyrings/60-kubestrap-docker.asc',
		'/etc/apt/sources.list.d/60-kubestrap-docker.sources',
	]);
});

test("the distribution's containerd has its own runc, and a configuration that version 1 reads", (t) => {
	const spec = '  runtime: {source: packages}\n';
	const config = (one: Scope) =>
		runtime.steps(one).flatMap((step) => (step.kind === 'file' && step.path.endsWith('config.toml') ? [step.content] : []))[0];
	const old = config(scope(spec));
	t.regex(old as string, /^version = 2$/m);
	t.regex(old as string, /BinaryName = "\/usr\/sbin\/runc"/);
	t.regex(config(scope(spec, {}, lockOf('trixie', '2.0.5+ds1-1'))) as string, /^version = 3$/m);
	const fetched = runtime.steps(scope(spec)).flatMap((step) => (step.kind === 'fetch' ? [step.artifact.split('/')[0]] : []));
	t.deepEqual(fetched, ['cni-plugins', 'crictl']);
});

test('tools that are missing come with it, not held; where packages are not asked for they do not', (t) => {
	const probes = {paths: output('losetup\nmount\nmodprobe\nsysctl\niptables\nebtables\n')};
	const [step] = packages.steps(scope('  os: {mirror: ustc}\n', {probes}));
	t.like(step, {kind: 'package', title: 'install conntrack, socat, ethtool', hold: false});
	t.deepEqual(packages.steps(scope('', {probes})), []);
	const fedora = {...debian, id: 'fedora', pretty: 'Fedora'};
	t.like(packages.steps(scope('  os: {tools: install}\n', {probes, os: fedora}))[0], {kind: 'rpms', tool: 'dnf'});
});

test('a lock that lacks a package, has another version, or one of another distribution', (t) => {
	const {cluster, sites, lock} = scope(all);
	t.deepEqual(missingPackages(cluster, lock, sites), []);
	const {packages: _, ...none} = lock;
	t.is(missingPackages(cluster, none, sites).length, 6);
	const other = {...lock, packages: lockOf('trixie')};
	t.regex(missingPackages(cluster, other, sites)[0]!.message, /containerd\.io of trixie, and cp1 is Debian/);
	const newer = {...cluster, configuration: {...cluster.configuration, kubernetesVersion: 'v1.37.2'}};
	t.regex(missingPackages(newer, lock, sites)[0]!.message, /kubelet 1\.37\.1-1\.1, and the cluster is of 1\.37\.2/);
});

test("the machine's own sources move to the mirror; those that only root may read are left alone", (t) => {
	const text = 'deb http://deb.debian.org/debian bookworm main\n';
	const seen = {mode: '0644', owner: 'root:root', size: text.length};
	const facts = {
		files: {
			'/etc/apt/sources.list': {...seen, text},
			'/etc/apt/sources.list.d/secret.list': {...seen, mode: '0600'},
			'/etc/apt/sources.list.d/other.list': {...seen, text: 'deb https://example.org/apt ./\n'},
		},
	};
	t.deepEqual(packageSources.steps(scope('  os: {mirror: ustc}\n', facts)), [
		{
			kind: 'file',
			path: '/etc/apt/sources.list',
			content: 'deb http://mirrors.ustc.edu.cn/debian bookworm main\n',
			mode: '0644',
			owner: 'root:root',
		},
	]);
});

test('what the config says no more goes from apt: a repository, a proxy, a certificate that was not to be checked', (t) => {
	const names = [
		'/etc/apt/apt.conf.d/60-kubestrap-mirror',
		'/etc/apt/apt.conf.d/60-kubestrap-proxy',
		'/etc/apt/keyrings/60-kubestrap-docker.asc',
		'/etc/apt/sources.list.d/60-kubestrap-docker.sources',
	];
	const others = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/docker.sources'];
	const owned = [...names, ...others].map((name) => ({kind: 'file', name, before: null}));
	const ownership = {clusterId: 'x', name: 'test', writer: '', fence: 1, birthMembers: [], owned};
	t.deepEqual(
		packageSources.steps(scope('', {ownership})),
		names.map((path) => ({kind: 'absent', path})),
	);
	const steps = packageSources.steps(scope(all, {ownership}));
	t.deepEqual(
		steps.flatMap((step) => (step.kind === 'absent' ? [step.path] : [])),
		names.slice(0, 2),
	);
});

test('the proxy of apt: hosts that it is not for go past it', (t) => {
	const spec = `${all}  mirror: {packages: {kubernetes: "http://10.0.0.9:8080/k"}, insecure: ["10.0.0.9:8080"]}
  proxy: {http: "http://10.9.9.9:3128", https: "http://10.9.9.9:3128", noProxy: [10.0.0.0/24]}\n`;
	const [step] = packageSources.steps(scope(spec)).filter((one) => one.kind === 'file' && one.path.endsWith('proxy'));
	t.is(
		step?.kind === 'file' ? step.content : '',
		`// Written by kubestrap.
Acquire::http::Proxy "http://10.9.9.9:3128";
Acquire::http::Proxy::10.0.0.9 "DIRECT";
Acquire::https::Proxy "http://10.9.9.9:3128";
Acquire::https::Proxy::10.0.0.9 "DIRECT";
`,
	);
});

test('a mirror over TLS: its authority is told to apt, for its host alone; one that is named insecure is not checked', (t) => {
	const one = scope(all);
	const packages_ = {kubernetes: 'https://k.test:8443/k', docker: 'https://d.test/d'};
	const mirror = {images: {}, packages: packages_, caText: 'CA', insecure: ['d.test:443']};
	const steps = packageSources.steps({...one, cluster: {...one.cluster, mirror}});
	const text = (path: string) => steps.flatMap((step) => (step.kind === 'file' && step.path === path ? [step.content] : []))[0];
	t.is(text('/etc/apt/keyrings/60-kubestrap-mirror-ca.crt'), 'CA');
	t.is(
		text('/etc/apt/apt.conf.d/60-kubestrap-mirror'),
		`// Written by kubestrap.
Acquire::https::k.test::CAInfo "/etc/apt/keyrings/60-kubestrap-mirror-ca.crt";
Acquire::https::d.test::Verify-Peer "false";
`,
	);
});

test('reset: what came with us goes, what was there is only no longer held', (t) => {
	const owned = [
		{kind: 'package', name: 'kubelet', before: null},
		{kind: 'package', name: 'socat', before: null},
		{kind: 'package', name: 'containerd', before: '1.6.20 install'},
		{kind: 'package', name: 'runc', before: '1.1.5 hold'},
		{kind: 'noted', name: '/etc/default/kubelet', before: '644 root:root'},
		{kind: 'noted', name: '/etc/containerd/config.toml', before: null},
	];
	const ownership = {clusterId: 'x', name: 'test', writer: '', fence: 1, birthMembers: [], owned};
	t.deepEqual(resetPackages.steps(scope('', {ownership})), [
		{
			kind: 'purged',
			title: 'remove the packages that were installed',
			packages: ['kubelet', 'socat'],
			unheld: ['containerd'],
			kept: ['/etc/default/kubelet'],
		},
	]);
	t.deepEqual(resetPackages.steps(scope('')), []);
});
