/** The verbs that a node understands: a new kind is a line here and a file beside it. */
import type {Step} from '../model.ts';
import type {Group, Kind} from './kind.ts';
import {block} from './kinds/block.ts';
import {cleared, unmounted} from './kinds/cleared.ts';
import {run, wait} from './kinds/commands.ts';
import {fetch} from './kinds/fetch.ts';
import {file} from './kinds/file.ts';
import {image} from './kinds/image.ts';
import {imported} from './kinds/import.ts';
import {module, sysctl} from './kinds/kernel.ts';
import {line} from './kinds/line.ts';
import {masked} from './kinds/masked.ts';
import {noted} from './kinds/noted.ts';
import {object} from './kinds/object.ts';
import {pkg, purged} from './kinds/package.ts';
import {absent, dir, link} from './kinds/paths.ts';
import {rpmless, rpms} from './kinds/rpm.ts';
import {service} from './kinds/service.ts';
import {undo} from './kinds/undo.ts';

export const kinds = {
	file,
	dir,
	link,
	absent,
	line,
	block,
	masked,
	sysctl,
	module,
	package: pkg,
	purged,
	rpms,
	rpmless,
	fetch,
	service,
	wait,
	run,
	noted,
	undo,
	unmounted,
	cleared,
} as const satisfies {
	[K in Step['kind']]?: Kind<K>;
};

export const groups = {image, import: imported, object} as const satisfies {[K in Step['kind']]?: Group<K>};

export type SingleStep = Extract<Step, {kind: keyof typeof kinds}>;
export type GroupStep = Extract<Step, {kind: keyof typeof groups}>;

/** What a step is called in reports and in the records on the node. */
export function nameOf(step: Step): string {
	switch (step.kind) {
		case 'file':
		case 'dir':
		case 'link':
		case 'absent':
		case 'noted':
		case 'unmounted':
		case 'cleared':
		case 'line':
		case 'block':
			return step.path;
		case 'fetch':
			return step.artifact;
		case 'image':
		case 'import':
			return step.ref;
		case 'service':
		case 'masked':
			return step.unit;
		case 'object':
			return step.id;
		case 'undo':
			return step.owned.name;
		case 'wait':
		case 'run':
		case 'package':
		case 'purged':
		case 'rpms':
		case 'rpmless':
			return step.title;
		default:
			return step.name;
	}
}

export function labelOf(step: Step): string {
	if (step.kind === 'undo') return `undo ${step.owned.kind} ${step.owned.name}`;
	return 'title' in step ? step.title : `${step.kind} ${nameOf(step)}`;
}
