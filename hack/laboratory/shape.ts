/** What a lab consists of: asked for, compared, and settled for a new one. */
import type {Role} from '../../src/model.ts';
import {type LabRecord, type NodeRecord, plan} from './record.ts';

export type LabOptions = {
	readonly name?: string;
	readonly controlPlanes?: number;
	readonly workers?: number;
	readonly kubernetesVersion?: string;
	/** Nodes get a default route; what they send along it is counted and dropped at the fence. */
	readonly defaultRoute?: boolean;
};

export type Shape = Required<LabOptions>;

/** Defaults filled in. A name becomes part of host and machine names. */
export function shapeOf(options: LabOptions): Shape {
	const shape = {name: 'lab', controlPlanes: 1, workers: 1, kubernetesVersion: 'v1.37.1', defaultRoute: false, ...options};
	if (!/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(shape.name)) {
		throw new Error(`a lab's name is up to 20 of a-z, 0-9 and -, not ${shape.name}`);
	}
	return shape;
}

function nodesOf(controlPlanes: number, workers: number, index: number): readonly NodeRecord[] {
	const names: readonly [string, Role][] = [
		...Array.from({length: controlPlanes}, (_, i): [string, Role] => [`cp${i + 1}`, 'control-plane']),
		...Array.from({length: workers}, (_, i): [string, Role] => [`w${i + 1}`, 'worker']),
	];
	return names.map(([name, role], position) => ({name, role, address: plan({index}).node(position).address, hostKey: ''}));
}

/** The record of a new lab, in the first address block that no `other` has. */
export function newRecord(options: Shape, others: readonly LabRecord[]): LabRecord {
	const taken = new Set(others.map(({index}) => index));
	const index = Array.from({length: 200}, (_, i) => i + 1).find((each) => !taken.has(each));
	if (index === undefined) throw new Error('two hundred labs on one machine are enough');
	const {name, kubernetesVersion, defaultRoute, controlPlanes, workers} = options;
	return {name, index, kubernetesVersion, defaultRoute, nodes: nodesOf(controlPlanes, workers, index), machines: {}};
}

export function sameShape(lab: LabRecord, options: Shape): boolean {
	const names = (nodes: readonly NodeRecord[]) => nodes.map(({name}) => name).join();
	return (
		lab.kubernetesVersion === options.kubernetesVersion &&
		lab.defaultRoute === options.defaultRoute &&
		names(lab.nodes) === names(nodesOf(options.controlPlanes, options.workers, lab.index))
	);
}
