import test from 'ava';
import * as n from '../../src/cluster/network.ts';

const shown: Record<string, string | undefined> = {
	'10.0.0.1': '10.0.0.1',
	'::': '::',
	'::1': '::1',
	'1::': '1::',
	'FD00:0:0:1::': 'fd00:0:0:1::',
	'2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
	'1:2:3:4:5:6:7:8': '1:2:3:4:5:6:7:8',
	'1:0:3:4:5:6:7:8': '1:0:3:4:5:6:7:8',
	'010.0.0.1': undefined,
	'10.0.0': undefined,
	'::ffff:10.0.0.1': undefined,
	'::ffff:a00:1': undefined,
	'fe80::1%eth0': undefined,
	'': undefined,
};
for (const [text, wanted] of Object.entries(shown))
	test(`address ${text || '(empty)'} is ${wanted ?? 'refused'}`, (t) => {
		const address = n.parseAddress(text);
		t.is(address && n.showAddress(address), wanted);
	});

test('addresses by number, within the subnet only', (t) => {
	t.is(n.nthAddress('10.96.0.0/12', 1), '10.96.0.1');
	t.is(n.nthAddress('10.96.0.0/12', 10), '10.96.0.10');
	t.is(n.nthAddress('fd00:10:96::/112', 10), 'fd00:10:96::a');
	t.is(n.nthAddress('10.0.0.252/30', 3), '10.0.0.255');
	t.throws(() => n.nthAddress('10.0.0.252/30', 4), {instanceOf: RangeError});
});

test('subnets: containing, overlapping, families', (t) => {
	t.true(n.contains('10.0.0.0/8', '10.255.255.255'));
	t.false(n.contains('10.0.0.0/8', '11.0.0.0'));
	t.false(n.contains('10.0.0.0/8', 'fd00::1'));
	t.true(n.overlaps('10.0.0.0/8', '10.244.0.0/16'));
	t.true(n.overlaps('10.244.0.0/16', '10.0.0.0/8'));
	t.false(n.overlaps('10.244.0.0/16', '10.245.0.0/16'));
	t.false(n.overlaps('0.0.0.0/0', '::/0'));
	t.is(n.family('fd00::/64'), 'v6');
	t.is(n.family('10.0.0.0/8'), 'v4');
	t.is(n.size('10.0.0.0/30'), 4n);
});

test('a subnet has no bits beyond its prefix', (t) => {
	for (const text of ['10.0.0.1/24', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0', 'fd00::1/64', '10.0.0.0/-1'])
		t.is(n.parseSubnet(text), undefined, text);
	t.truthy(n.parseSubnet('0.0.0.0/0'));
});

test('host and port, taken apart and put together', (t) => {
	t.deepEqual(n.splitHostPort('api.example:6443'), {host: 'api.example', port: 6443});
	t.deepEqual(n.splitHostPort('[fd00::1]:6443'), {host: 'fd00::1', port: 6443});
	t.deepEqual(n.splitHostPort('fd00::1'), {host: 'fd00::1'});
	for (const text of ['a:0', 'a:65536', 'a:b', 'a:1:2', '[a]:1', ':1', '']) t.is(n.splitHostPort(text), undefined, text);
	t.is(n.hostPort('fd00::1', 6443), '[fd00::1]:6443');
	t.is(n.hostPort('10.0.0.1', 6443), '10.0.0.1:6443');
});
