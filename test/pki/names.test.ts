import test from 'ava';
import {addressBytes, apiServerNames, etcdPeerNames, etcdServerNames, type Holder} from '../../pki/names.ts';

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

test('the API server is known by its node, its service and its addresses', (t) => {
	t.deepEqual(apiServerNames(holder), {
		dns: ['cp1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
		ips: ['10.96.0.1', '10.0.0.11'],
	});
});

test('the endpoint and extra names go where they belong: names in byte order, addresses as given, none twice', (t) => {
	const names = apiServerNames({
		...holder,
		endpointHost: '192.0.2.7',
		apiServerNames: ['z.example', '*.example', '10.0.0.11', 'fd00::1', 'FD00:0::1', '127.0.0.1', 'cp1'],
	});
	t.deepEqual(names.dns, [
		'*.example',
		'cp1',
		'kubernetes',
		'kubernetes.default',
		'kubernetes.default.svc',
		'kubernetes.default.svc.cluster.local',
		'z.example',
	]);
	t.deepEqual(names.ips, ['10.96.0.1', '10.0.0.11', '192.0.2.7', 'fd00::1', '127.0.0.1']);
	t.true(apiServerNames({...holder, endpointHost: 'api.prod.example'}).dns.includes('api.prod.example'));
});

test('an empty node name or domain is left out', (t) => {
	t.deepEqual(apiServerNames({...holder, nodeName: '', dnsDomain: ''}).dns, [
		'kubernetes',
		'kubernetes.default',
		'kubernetes.default.svc',
	]);
});

test('etcd answers on both loopbacks, and has names of its own for each side', (t) => {
	const both = {...holder, etcdServerNames: ['etcd.example', '10.9.9.9'], etcdPeerNames: ['peer.example']};
	t.deepEqual(etcdServerNames(both), {
		dns: ['cp1', 'etcd.example', 'localhost'],
		ips: ['10.0.0.11', '127.0.0.1', '::1', '10.9.9.9'],
	});
	t.deepEqual(etcdPeerNames(both), {dns: ['cp1', 'localhost', 'peer.example'], ips: ['10.0.0.11', '127.0.0.1', '::1']});
});

for (const [address, hex] of [
	['10.0.0.11', '0a00000b'],
	['::', '0'.repeat(32)],
	['::1', `${'0'.repeat(31)}1`],
	['fd00::1', `fd${'0'.repeat(29)}1`],
	['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
	['2001:db8::', `20010db8${'0'.repeat(24)}`],
	['fd00::1.2.3.4', `fd00${'0'.repeat(20)}01020304`],
	['::ffff:1.2.3.4', '01020304'],
] as const) {
	test(`bytes of ${address}`, (t) => t.is(addressBytes(address).toString('hex'), hex));
}

test('a name has no address bytes', (t) => {
	t.throws(() => addressBytes('cp1'), {message: /cp1 is not an IP address/});
});
