import test from 'ava';
import {type MemberState, memberStateOf} from '../../src/contract/etcd-state.ts';
import type {EtcdMember} from '../../src/model.ts';
import {facts, output, site} from '../checks/sample.ts';

const member = (over: Partial<EtcdMember>): EtcdMember => ({
	id: '1f',
	name: 'cp1',
	peerUrls: ['https://10.0.0.1:2380'],
	clientUrls: ['https://10.0.0.1:2379'],
	learner: false,
	healthy: true,
	leader: false,
	...over,
});
const unborn = {name: '', clientUrls: [], healthy: false};
const other = member({id: '2f', name: 'cp2', peerUrls: ['https://10.0.0.2:2380']});

const rows: [title: string, listed: Partial<EtcdMember> | undefined, folder: string, state: MemberState][] = [
	['a member with its data', {}, 'full', 'kept'],
	['a member that is down', {healthy: false}, 'full', 'kept'],
	['a member without its data', {healthy: false}, 'empty', 'replace'],
	['a member whose folder is gone', {healthy: false}, 'absent', 'replace'],
	['a member whose folder could not be looked at', {healthy: false}, '', 'kept'],
	['a member of another name at this address', {name: 'old'}, 'full', 'kept'],
	['a member of this name at another address', {peerUrls: ['https://10.0.0.77:2380']}, 'full', 'kept'],
	['listed at birth, never started', unborn, 'absent', 'birth'],
	['listed at birth, begun', unborn, 'full', 'birth'],
	['a learner', {learner: true}, 'full', 'promote'],
	['a learner that never started', {...unborn, learner: true}, 'absent', 'promote'],
	['a learner that has lost its data', {learner: true}, 'absent', 'replace'],
	['not listed', undefined, 'absent', 'add'],
	['taken out', undefined, 'full', 'add'],
];
for (const [title, listed, folder, state] of rows) {
	test(`${title}: ${state}`, (t) => {
		const probes = {directories: output(folder === '' ? '' : `${folder}\t/var/lib/etcd\n`)};
		const members = listed === undefined ? [other] : [other, member(listed)];
		t.is(memberStateOf(site({facts: facts({probes})}), {members}), state);
	});
}

test('an IPv6 address is in brackets in a peer URL', (t) => {
	const members = [member({...unborn, peerUrls: ['https://[fd00::1]:2380']})];
	t.is(memberStateOf(site({address: 'fd00::1'}), {members}), 'birth');
});

test('nobody can tell of an external etcd', (t) => {
	t.is(memberStateOf(site(), {}), undefined);
	t.is(memberStateOf(site(), undefined), undefined);
});
