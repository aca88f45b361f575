/** What a control plane answers about its cluster, with something hostile in some place of its documents. */
import type {Frames} from '../../src/survey/frames.ts';
import type {Random} from './random.ts';
import {type Json, spoil} from './spoil.ts';

const node = (name: string, address: string, labels: Json = {}) => ({
	metadata: {name, uid: `uid-${name}`, labels},
	spec: {podCIDR: '10.244.0.0/24'},
	status: {
		addresses: [{type: 'InternalIP', address}],
		conditions: [{type: 'Ready', status: 'True'}],
		nodeInfo: {kubeletVersion: 'v1.37.1', containerRuntimeVersion: 'containerd://2.4.2', machineID: 'x'},
	},
});
const documents: Record<string, Json> = {
	nodes: {
		kind: 'NodeList',
		items: [node('cp1', '10.0.0.1', {'node-role.kubernetes.io/control-plane': ''}), node('w1', '10.0.0.2')],
	},
	'kubeadm-config': {
		kind: 'ConfigMap',
		data: {ClusterConfiguration: 'clusterName: test\nkubernetesVersion: v1.37.1\nnetworking:\n  podSubnet: 10.244.0.0/16\n'},
	},
	'kubelet-config': {kind: 'ConfigMap', data: {kubelet: 'kind: KubeletConfiguration\nclusterDomain: cluster.local\n'}},
	'kube-proxy': {
		kind: 'ConfigMap',
		data: {'config.conf': 'mode: iptables\n', 'kubeconfig.conf': 'clusters:\n- cluster:\n    server: https://10.0.0.1:6443\n'},
	},
	'kube-flannel-cfg': {kind: 'ConfigMap', data: {'net-conf.json': '{"Network": "10.244.0.0/16"}'}},
	members: {members: [{ID: 1, name: 'cp1', peerURLs: ['https://10.0.0.1:2380'], clientURLs: ['https://10.0.0.1:2379']}]},
};
const status = [
	{Endpoint: 'https://10.0.0.1:2379', Status: {header: {member_id: 1}, leader: 1, raftIndex: 5, dbSize: 9, version: '3.7.0'}},
];

/** Frames of one answer. */
export function livingFrames(random: Random): Frames {
	const spoilt = random.pick(Object.keys(documents));
	const texts = Object.entries(documents).map(([name, document]): [string, string] => {
		const copy = structuredClone(document);
		if (name === spoilt) spoil(copy, random);
		return [`out/${name}`, JSON.stringify(copy)];
	});
	const codes = [...Object.keys(documents), 'status'].map((name) => `${name} 0\n`).join('');
	const all: [string, string][] = [
		['out/state', 'up own https://10.0.0.1:6443\n'],
		['codes', codes],
		...texts,
		['out/status', JSON.stringify(status)],
		['begin', '1763700000000000000\n'],
		['end', '1763700000000000000\n'],
	];
	return new Map(all.map(([name, text]) => [name, Buffer.from(text)]));
}
