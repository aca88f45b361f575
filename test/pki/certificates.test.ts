import test from 'ava';
import {certificates} from '../../pki/certificates.ts';
import type {Holder} from '../../pki/names.ts';
import {filesOf, isShared, rowsFor} from '../../pki/places.ts';
import {profiles} from '../../pki/profiles.ts';

const holder: Holder = {
	nodeName: 'cp1',
	advertiseAddress: '10.0.0.11',
	serviceAddress: '10.96.0.1',
	dnsDomain: 'cluster.local',
	apiServerNames: [],
	etcdServerNames: [],
	etcdPeerNames: [],
	kubernetesVersion: 'v1.37.1',
};
const dirs = {certificates: '/etc/kubernetes/pki', kubelet: '/var/lib/kubelet/pki'};

test('every signer is a row before its leaves, and an authority', (t) => {
	certificates.forEach((row, index) => {
		if (row.as === 'keys' || row.signedBy === undefined) return;
		const at = certificates.findIndex(({name}) => name === row.signedBy);
		const signer = certificates[at];
		t.true(at >= 0 && at < index, `${row.name} is signed by ${row.signedBy}`);
		t.true(signer?.as === 'pair' && signer.profile === 'authority', `${row.signedBy} is an authority`);
	});
});

test('authorities sign themselves, everything else is signed', (t) => {
	for (const row of certificates) {
		if (row.as !== 'keys') t.is(row.profile === 'authority', row.signedBy === undefined, row.name);
	}
});

test('no name and no file is there twice', (t) => {
	const names = certificates.map(({name}) => name);
	t.is(new Set(names).size, names.length);
	const files = certificates.flatMap((row) => [...new Set(Object.values(filesOf(row, dirs)))]);
	t.is(new Set(files).size, files.length);
});

test('serving certificates have names, the others none', (t) => {
	for (const row of certificates) {
		if (row.as === 'keys' || row.profile === 'authority') continue;
		const serves = (profiles[row.profile].extendedKeyUsage as readonly string[]).includes('serverAuth');
		t.is(row.names !== undefined, serves, row.name);
	}
});

test('the table is the contract', (t) => {
	const shown = certificates.map((row) => [
		row.name,
		row.on,
		filesOf(row, dirs).public,
		...(row.as === 'keys' ? [] : [row.signedBy ?? 'self', row.commonName(holder), row.organizations?.(holder).join() ?? '']),
	]);
	t.deepEqual(shown, [
		['ca', 'control-plane', '/etc/kubernetes/pki/ca.crt', 'self', 'kubernetes', ''],
		['apiserver', 'control-plane', '/etc/kubernetes/pki/apiserver.crt', 'ca', 'kube-apiserver', ''],
		[
			'apiserver-kubelet-client',
			'control-plane',
			'/etc/kubernetes/pki/apiserver-kubelet-client.crt',
			'ca',
			'kube-apiserver-kubelet-client',
			'',
		],
		['front-proxy-ca', 'control-plane', '/etc/kubernetes/pki/front-proxy-ca.crt', 'self', 'front-proxy-ca', ''],
		[
			'front-proxy-client',
			'control-plane',
			'/etc/kubernetes/pki/front-proxy-client.crt',
			'front-proxy-ca',
			'front-proxy-client',
			'',
		],
		['etcd/ca', 'control-plane', '/etc/kubernetes/pki/etcd/ca.crt', 'self', 'etcd-ca', ''],
		['etcd/server', 'control-plane', '/etc/kubernetes/pki/etcd/server.crt', 'etcd/ca', 'cp1', ''],
		['etcd/peer', 'control-plane', '/etc/kubernetes/pki/etcd/peer.crt', 'etcd/ca', 'cp1', ''],
		[
			'etcd/healthcheck-client',
			'control-plane',
			'/etc/kubernetes/pki/etcd/healthcheck-client.crt',
			'etcd/ca',
			'kube-etcd-healthcheck-client',
			'',
		],
		[
			'apiserver-etcd-client',
			'control-plane',
			'/etc/kubernetes/pki/apiserver-etcd-client.crt',
			'etcd/ca',
			'kube-apiserver-etcd-client',
			'',
		],
		['sa', 'control-plane', '/etc/kubernetes/pki/sa.pub'],
		['admin.conf', 'control-plane', '/etc/kubernetes/admin.conf', 'ca', 'kubernetes-admin', 'kubeadm:cluster-admins'],
		['super-admin.conf', 'first', '/etc/kubernetes/super-admin.conf', 'ca', 'kubernetes-super-admin', 'system:masters'],
		[
			'controller-manager.conf',
			'control-plane',
			'/etc/kubernetes/controller-manager.conf',
			'ca',
			'system:kube-controller-manager',
			'',
		],
		['scheduler.conf', 'control-plane', '/etc/kubernetes/scheduler.conf', 'ca', 'system:kube-scheduler', ''],
		['kubelet-client', 'every', '/var/lib/kubelet/pki/kubelet-client-current.pem', 'ca', 'system:node:cp1', 'system:nodes'],
	]);
});

test('the group of apiserver-kubelet-client went away with 1.36.1', (t) => {
	const row = certificates.find(({name}) => name === 'apiserver-kubelet-client');
	if (row === undefined || row.as === 'keys') return t.fail();
	const groups = (kubernetesVersion: string) => row.organizations?.({...holder, kubernetesVersion});
	t.deepEqual(groups('v1.35.9'), ['kubeadm:cluster-admins']);
	t.deepEqual(groups('v1.36.0'), ['kubeadm:cluster-admins']);
	t.deepEqual(groups('v1.36.1'), []);
	t.deepEqual(groups('v1.36.4'), []);
	t.deepEqual(groups('v1.37.0'), []);
});

test('with an external etcd nothing of etcd is ours', (t) => {
	const gone = certificates.filter((row) => !rowsFor({externalEtcd: true}).includes(row)).map(({name}) => name);
	t.deepEqual(gone, ['etcd/ca', 'etcd/server', 'etcd/peer', 'etcd/healthcheck-client', 'apiserver-etcd-client']);
	t.is(rowsFor({externalEtcd: false}).length, certificates.length);
});

test('authorities and the service account keys are shared', (t) => {
	const shared = certificates.filter(isShared).map(({name}) => name);
	t.deepEqual(shared, ['ca', 'front-proxy-ca', 'etcd/ca', 'sa']);
});
