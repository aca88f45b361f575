/** What a lab consists of: asked for, compared, and settled for a new one. */
import type {Role} from '../../src/model.ts';
import {type Kind, type LabRecord, type NodeRecord, plan} from './record.ts';

export type LabOptions = {
	readonly name?: string;
	readonly controlPlanes?: number;
	readonly workers?: number;
	/** What nodes are made of, and what single ones are, by name. */
	readonly kind?: Kind;
	readonly kinds?: Readonly<Record<string, Kind>>;
	readonly kubernetesVersion?: string;
	/** Nodes get a default route; what they send along it is counted and dropped at the fence. */
	readonly defaultRoute?: boolean;
};

export type Shape = Required<LabOptions>;

/** Defaults filled in. A name becomes part of host and machine names. */
export function shapeOf(options: LabOptions): Shape {
	const shape: Shape = {
		name: 'lab',
		controlPlanes: 1,
		workers: 1,
		kind: 'nspawn',
		kinds: {},
		kubernetesVersion: 'v1.37.1',
		defaultRoute: false,
		...options,
	};
	const strangers = Object.keys(shape.kinds).filter((name) => !namesOf(shape).some(([known]) => known === name));
	if (strangers.length > 0) throw new Error(`a kind is given for ${strangers.join(' and ')}, which this lab does not have`);
	if (!/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(shape.name)) {
		throw new Error(`a lab's name is up to 20 of a-z, 0-9 and -, not ${shape.name}`);
	}
	return shape;
}

function namesOf({controlPlanes, workers}: Shape): readonly (readonly [string, Role])[] {
	return [
		...Array.from({length: controlPlanes}, (_, i) => [`cp${i + 1}`, 'control-plane'] as const),
		...Array.from({length: workers}, (_, i) => [`w${i + 1}`, 'worker'] as const),
	];
}

export function nodesOf(shape: Shape, index: number): readonly NodeRecord[] {
	return namesOf(shape).map(([name, role], position) => ({
		name,
		role,
		kind: shape.kinds[name] ?? shape.kind,
		address: plan({index}).node(position).address,
		hostKey: '',
	}));
}

/** The record of a new lab, in the first address block that no `other` has. */
export function newRecord(options: Shape, others: readonly LabRecord[]): LabRecord {
	const taken = new Set(others.map(({index}) => index));
	const index = Array.from({length: 200}, (_, i) => i + 1).find((each) => !taken.has(each));
	if (index === undefined) throw new Error('two hundred labs on one machine are enough');
	const {name, kubernetesVersion, defaultRoute} = options;
	return {name, index, kubernetesVersion, defaultRoute, nodes: nodesOf(options, index), machines: {}};
}

export function sameShape(lab: LabRecord, options: Shape): boolean {
	const names = (nodes: readonly NodeRecord[]) => nodes.map(({name, kind = 'nspawn'}) => `${name} ${kind}`).join();
	return (
		lab.kubernetesVersion === options.kubernetesVersion &&
		lab.defaultRoute === options.defaultRoute &&
		names(lab.nodes) === names(nodesOf(options, lab.index))
	);
}
