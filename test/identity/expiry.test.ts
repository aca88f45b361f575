import test from 'ava';
import {expiriesOf} from '../../src/identity/expiry.ts';
import {born, now, sitesOf} from './world.ts';

const later = (days: number) => new Date(now.getTime() + days * 86_400_000);

test('every certificate of a control plane, with the days that are left and who signed it', async (t) => {
	const {cluster, disk} = await born();
	const [cp1, cp2, w1] = sitesOf(cluster, disk);
	const lines = (site = cp1!, days = 0) =>
		expiriesOf(cluster, site, later(days)).map(({name, authority, days: left}) => `${name} ${authority} ${left}`);
	t.deepEqual(lines(), [
		'ca ca 3650',
		'apiserver ca 365',
		'apiserver-kubelet-client ca 365',
		'front-proxy-ca front-proxy-ca 3650',
		'front-proxy-client front-proxy-ca 365',
		'etcd/ca etcd/ca 3650',
		'etcd/server etcd/ca 365',
		'etcd/peer etcd/ca 365',
		'etcd/healthcheck-client etcd/ca 365',
		'apiserver-etcd-client etcd/ca 365',
		'admin.conf ca 365',
		'super-admin.conf ca 365',
		'controller-manager.conf ca 365',
		'scheduler.conf ca 365',
		'kubelet-client ca 365',
	]);
	// super-admin.conf lies where the cluster was born, and only there.
	t.false(lines(cp2).some((line) => line.startsWith('super-admin.conf')));
	t.deepEqual(lines(w1), ['kubelet-client ca 365']);
	t.true(lines(cp1, 366).includes('apiserver ca -1'));
});

test('a certificate that cannot be read is one without an end; none is none', async (t) => {
	const {cluster, disk} = await born();
	const apiserver = '/etc/kubernetes/pki/apiserver.crt';
	const of = (files: Record<string, string>) =>
		expiriesOf(cluster, sitesOf(cluster, {cp1: files})[0]!, now).filter(({name}) => name === 'apiserver');
	t.deepEqual(of({...disk.cp1, [apiserver]: 'no PEM'}), [{node: 'cp1', name: 'apiserver', authority: 'ca'}]);
	t.deepEqual(of({}), []);
});
