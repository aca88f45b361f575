/** The scenes of the crash matrix over made-up machines: containers, as the lab's nodes are. */
import type {Facts, Living, Owned, Plan, Site} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {init, join, nodeRemove, reset} from '../../src/recipes.ts';
import {scopeOf} from '../contract/ours.ts';
import {clusterOf, memberOf} from '../phases/cluster.ts';

const container: Partial<Facts> = {container: 'systemd-nspawn', cgroup: 'v1', capSysResource: false, defaultAddress: {}};
const file = {mode: '0600', owner: 'root:root', size: 1};
const owned: Owned[] = [
	['noted', '/var/lib/containerd'],
	['dir', '/etc/kubernetes'],
	['file', '/etc/kubernetes/kubelet.conf'],
	['file', '/etc/kubernetes/manifests/etcd.yaml'],
	['service', 'containerd.service'],
	['service', 'kubelet.service'],
	['sysctl', 'net.ipv4.ip_forward'],
].map(([kind = '', name = '']) => ({kind, name, before: kind === 'service' ? 'inactive disabled' : null}));
const node: Partial<Facts> = {
	...container,
	files: {
		'/etc/kubernetes/kubelet.conf': file,
		'/var/lib/kubelet/config.yaml': file,
		'/etc/kubernetes/manifests/etcd.yaml': {...file, text: '    - --data-dir=/var/lib/etcd\n    - --name=cp2\n'},
	},
	ownership: {clusterId: 'one', name: 'test', writer: '0.1.0', fence: 3, birthMembers: ['cp1'], owned},
};

const nodes = (facts: Partial<Facts>, ...names: readonly string[]) =>
	names.map((name, index) => {
		const addresses = [{device: 'eth0', address: `10.0.0.${index + 1}`, prefix: 24}];
		return {name, facts: {...facts, addresses}, ...(name.startsWith('w') ? {role: 'worker' as const} : {})};
	});
/** As the lab's: images come from its own registry. */
const config = {
	spec: '  os: {hosts: block, hostname: set}\n  controlPlaneEndpoint: 10.0.0.1:6443\n  mirror: {images: {registry.k8s.io: ["http://10.0.0.99:5000"]}, insecure: ["10.0.0.99:5000"]}\n',
};

function living(sites: readonly Site[]): Living {
	const isThere = ({stage}: Site) => stage !== 'joining';
	const here = sites.filter(isThere);
	return {
		seat: 'cp1',
		server: 'https://10.0.0.1:6443',
		nodes: here.map(({name, role}) => ({
			name,
			uid: name,
			ready: true,
			unschedulable: false,
			controlPlane: role === 'control-plane',
			addresses: [],
			kubeletVersion: '',
			runtime: '',
		})),
		members: here.filter(({role}) => role === 'control-plane').map(memberOf),
		configMaps: {},
	};
}

const everybody = ['cp1', 'w1', 'cp2', 'w2'];
const isNew = (name: string) => name === 'cp2' || name === 'w2';
const staged = (sites: readonly Site[], stage: 'joining' | 'leaving') =>
	sites.map(
		(site): Site => ({...site, stage: isNew(site.name) ? stage : 'member', ...(site.name === 'cp1' ? {seat: true} : {})}),
	);

export function scenes(): Readonly<Record<'init' | 'join' | 'remove' | 'reset', Plan>> {
	const born = clusterOf(nodes(container, 'cp1', 'w1'), config);
	const all = clusterOf(nodes(container, ...everybody), config);
	const joining = staged(all.sites, 'joining');
	const old = clusterOf(nodes(node, ...everybody), config);
	const leaving = staged(old.sites, 'leaving').filter(({name}) => name !== 'w1');
	const options = {seconds: 300, force: false, undrained: []};
	return {
		init: plan(init, scopeOf(born.cluster, born.sites)),
		join: plan(join, {...scopeOf(all.cluster, joining), living: living(joining)}),
		remove: plan(nodeRemove(options), {...scopeOf(old.cluster, leaving), living: living(leaving)}),
		reset: plan(reset, scopeOf(old.cluster, old.sites)),
	};
}
