import type {ClusterNode} from '../model.ts';
import {fields, line, list, readJson} from './fields.ts';

/** The Node objects of a NodeList, in its order. Throws a sentence when the list is no whole one. */
export function readNodes(text: string): ClusterNode[] {
	const answer = fields(readJson(text, 'the list of nodes'), 'the list of nodes');
	if (answer.get('kind') !== 'NodeList') throw new Error('the list of nodes is none');
	if (line(fields(answer.get('metadata'), 'metadata').get('continue'), 'metadata.continue', 10_000) !== '')
		throw new Error('the list of nodes is not whole');
	return list(answer.get('items'), 'the list of nodes').map(readNode);
}

function readNode(item: unknown): ClusterNode {
	const node = fields(item, 'a node');
	const metadata = fields(node.get('metadata'), 'metadata of a node');
	const status = fields(node.get('status'), 'status of a node');
	const info = fields(status.get('nodeInfo'), 'nodeInfo');
	const conditions = list(status.get('conditions'), 'conditions').map((one) => fields(one, 'a condition'));
	const addresses = list(status.get('addresses'), 'addresses').map((one) => fields(one, 'an address'));
	const name = line(metadata.get('name'), 'the name of a node', 253);
	if (name === '') throw new Error('a node has no name');
	return {
		name,
		uid: line(metadata.get('uid'), `the uid of ${name}`),
		ready: conditions.some((one) => one.get('type') === 'Ready' && one.get('status') === 'True'),
		unschedulable: fields(node.get('spec'), `spec of ${name}`).get('unschedulable') === true,
		controlPlane: fields(metadata.get('labels'), `labels of ${name}`).has('node-role.kubernetes.io/control-plane'),
		addresses: addresses
			.filter((one) => one.get('type') === 'InternalIP')
			.map((one) => line(one.get('address'), `an address of ${name}`)),
		kubeletVersion: line(info.get('kubeletVersion'), `kubeletVersion of ${name}`),
		runtime: line(info.get('containerRuntimeVersion'), `containerRuntimeVersion of ${name}`),
	};
}

/** The data of a ConfigMap. Texts of any length: they are configurations. */
export function readConfigMap(text: string, name: string): Record<string, string> {
	const answer = fields(readJson(text, name), name);
	if (answer.get('kind') !== 'ConfigMap') throw new Error(`${name} is no ConfigMap`);
	const data = [...fields(answer.get('data'), `data of ${name}`)];
	if (data.some(([, value]) => typeof value !== 'string')) throw new Error(`data of ${name} is no text`);
	return Object.fromEntries(data as [string, string][]);
}
