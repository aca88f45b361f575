import test from 'ava';
import {defaultAddress, readAddresses, readRoutes} from '../../src/survey/network.ts';

test('global addresses of all devices', (t) => {
	const text = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
1: lo    inet6 ::1/128 scope host \\       valid_lft forever preferred_lft forever
2: eth0@if7    inet 10.0.0.11/24 brd 10.0.0.255 scope global eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet6 2001:db8:1::11/64 scope global dynamic mngtmpaddr \\       valid_lft 86393sec preferred_lft 14393sec
2: eth0    inet6 2001:db8:1::99/64 scope global temporary dynamic \\       valid_lft 86393sec preferred_lft 14393sec
2: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever preferred_lft forever
3: wg0    inet 10.9.0.1 peer 10.9.0.2/32 scope global wg0\\       valid_lft forever preferred_lft forever
nonsense 999.1.1.1/99 scope global
`;
	t.deepEqual(readAddresses(text), [
		{device: 'eth0', address: '10.0.0.11', prefix: 24},
		{device: 'eth0', address: '2001:db8:1::11', prefix: 64},
		{device: 'wg0', address: '10.9.0.1', prefix: 32},
	]);
});

test('which of its addresses a packet would carry', (t) => {
	const routes = readRoutes(`10.0.0.12 dev eth0 src 10.0.0.11 uid 0 \\    cache
192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.11 uid 0 \\    cache
2001:db8::1 from :: via fe80::1 dev eth0 proto ra src 2001:db8:1::11 metric 100 pref medium
local 10.0.0.11 dev lo src 10.0.0.11 uid 0 \\    cache <local>
RTNETLINK answers: Network is unreachable
`);
	t.deepEqual(
		routes.map(({to}) => to),
		['10.0.0.12', '192.0.2.1', '2001:db8::1', '10.0.0.11'],
	);
	t.deepEqual(defaultAddress(routes), {v4: '10.0.0.11', v6: '2001:db8:1::11'});
	t.deepEqual(defaultAddress([]), {});
});

test('a device whose name no kernel gives is none', (t) => {
	const line = (device: string) => `2: ${device}    inet 10.0.0.7/24 brd 10.0.0.255 scope global ${device}\\ valid_lft forever\n`;
	t.is(readAddresses(line('eth0')).length, 1);
	for (const device of ['eth\0', 'et/h0', '\u001b[2J', 'e'.repeat(80)])
		t.deepEqual(readAddresses(line(device)), [], JSON.stringify(device));
});
