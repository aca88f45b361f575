/** What is done to machines themselves when the config asks for it: names, the clock, tools of the distribution. */
import test from 'ava';
import type {Facts, Step} from '../../src/model.ts';
import {systemOf, systems} from '../../src/packages/systems.ts';
import {toolPackages} from '../../src/packages/tools.ts';
import {hostName} from '../../src/phases/host-name.ts';
import {hosts} from '../../src/phases/hosts.ts';
import {kubeletConfig} from '../../src/phases/kubelet-config.ts';
import {packages} from '../../src/phases/packages.ts';
import {resetPackages} from '../../src/phases/reset-packages.ts';
import {timeSync} from '../../src/phases/time-sync.ts';
import {scopesOf} from './cluster.ts';

const two = [{name: 'cp1'}, {name: 'w1', role: 'worker'}] as const;
const output = (stdout: string) => ({code: 0, stdout, stderr: ''});
const rocky: Facts['os'] = {id: 'rocky', idLike: ['rhel', 'centos', 'fedora'], versionId: '9.5', pretty: 'Rocky Linux 9.5'};
const leap: Facts['os'] = {id: 'opensuse-leap', idLike: ['suse', 'opensuse'], versionId: '15.6', pretty: 'openSUSE Leap 15.6'};
const one = (spec: string, facts: Partial<Facts> = {}) => scopesOf([{name: 'cp1', facts}], {spec}).cp1!;

test('nothing of a machine changes without a word of the config', (t) => {
	for (const phase of [hostName, hosts, timeSync]) t.deepEqual(phase.steps(scopesOf(two).cp1!), []);
});

test('hostname: set gives the name now and at boot; cloud-init is told where it is; the kubelet needs no override', (t) => {
	const seen = {mode: '0644', owner: 'root:root', size: 1};
	const scope = one('  os: {hostname: set}\n', {hostname: 'vm-17', files: {'/etc/cloud/cloud.cfg': seen}});
	t.deepEqual(
		hostName.steps(scope).map((step) => ('path' in step ? step.path : step.kind)),
		['/etc/hostname', '/etc/cloud/cloud.cfg.d/99-kubestrap.cfg', 'sysctl'],
	);
	t.is(hostName.steps(one('  os: {hostname: set}\n')).length, 2);
	const flags = ({steps}: typeof kubeletConfig, of: typeof scope) => JSON.stringify(steps(of)[0]);
	t.notRegex(flags(kubeletConfig, scope), /hostname-override/);
	t.regex(flags(kubeletConfig, one('', {hostname: 'vm-17'})), /hostname-override=cp1/);
});

test('hosts: block names all nodes, also those of the cluster that the config does not know, not those that leave', (t) => {
	const scopes = scopesOf(two, {spec: '  os: {hosts: block}\n'});
	t.deepEqual(hosts.steps(scopes.cp1!), [{kind: 'block', path: '/etc/hosts', lines: ['10.0.0.1 cp1', '10.0.0.2 w1']}]);
	const [cp1, w1] = scopes.cp1!.sites;
	const node = {uid: '1', ready: true, unschedulable: false, controlPlane: false, kubeletVersion: '', runtime: ''};
	const living = {
		seat: 'cp1',
		server: '',
		nodes: [
			{...node, name: 'w1', addresses: ['10.0.0.2']},
			{...node, name: 'w9', addresses: ['10.0.0.9']},
		],
		configMaps: {},
	};
	const sites = [cp1!, {...w1!, stage: 'leaving' as const}];
	t.like(hosts.steps({...scopes.cp1!, sites, living})[0], {lines: ['10.0.0.1 cp1', '10.0.0.9 w9']});
});

test('timeSync: install brings what is usual there, unless something keeps the time already, or it is a container', (t) => {
	const ask = (facts: Partial<Facts>) => timeSync.steps(one('  os: {timeSync: install}\n', facts));
	const kinds = (steps: readonly Step[]) => steps.map((step) => ('unit' in step ? step.unit : step.kind));
	t.deepEqual(kinds(ask({})), ['package', 'systemd-timesyncd.service']);
	t.deepEqual(kinds(ask({os: rocky})), ['rpms', 'chronyd.service']);
	t.deepEqual(ask({probes: {flags: output('time-sync:ntpsec\n')}}), []);
	t.deepEqual(kinds(ask({probes: {flags: output('time-sync:systemd-timesyncd\n')}})).length, 2, 'what came with us stays wanted');
	t.deepEqual(ask({container: 'lxc'}), []);
});

test('tools: install brings what a machine lacks, under the names of its distribution, and reset takes them away', (t) => {
	const paths = output('losetup\nmount\nmodprobe\nsysctl\niptables\nethtool\n');
	const ask = (os: Facts['os']) => packages.steps(one('  os: {tools: install}\n', {os, probes: {paths}}));
	t.deepEqual(ask(rocky), [
		{
			kind: 'rpms',
			title: 'install iptables-nft, conntrack-tools, socat',
			tool: 'dnf',
			packages: ['iptables-nft', 'conntrack-tools', 'socat'],
		},
	]);
	t.like(ask(leap)[0], {tool: 'zypper', packages: ['ebtables', 'conntrack-tools', 'socat']});
	t.deepEqual(packages.steps(one('', {os: rocky, probes: {paths}})), []);
	const ownership = {clusterId: '', name: '', writer: '', fence: 1, birthMembers: []};
	const owned = [{kind: 'package', name: 'socat', before: null}];
	t.deepEqual(resetPackages.steps(one('', {os: rocky, ownership: {...ownership, owned}})), [
		{kind: 'rpmless', title: 'remove the packages that were installed', packages: ['socat']},
	]);
});

test('every row of the systems is found by its own words, and has a name for every tool', (t) => {
	for (const row of systems) {
		for (const id of row.ids) t.is(systemOf({id, idLike: [], versionId: row.version ?? '', pretty: ''}), row);
		for (const names of Object.values(toolPackages)) t.truthy(names[row.names]);
	}
	t.is(systemOf({id: 'debian', idLike: [], versionId: '11', pretty: ''})?.names, 'debian');
	t.is(systemOf({id: 'raspbian', idLike: ['debian'], versionId: '12', pretty: ''})?.tool, 'apt');
	t.is(systemOf({id: 'alpine', idLike: [], versionId: '3', pretty: ''}), undefined);
});
