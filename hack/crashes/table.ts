/** The table of steps, and the three cases of each: it follows from the recipes, so a new step has its cases by itself. Pure. */
import type {Plan, Step} from '../../src/model.ts';
import {nameOf} from '../../src/steps/kinds.ts';

/** How far a step is when the operator is killed. The end of one step and the beginning of the next are one state of the machine. */
export const moments = ['before', 'during', 'after'] as const;
export type Moment = (typeof moments)[number];

/** A step of somebody's walk. */
export type Row = {
	/** Whose walk it is part of. */
	readonly node: string;
	/** Whose machine does it. */
	readonly machine: string;
	readonly phase: string;
	readonly kind: Step['kind'];
	/** `KIND NAME`, as programs say it. */
	readonly key: string;
};

export const keyOf = (kind: string, name: string) => `${kind} ${name}`;

/** Every step of a plan, walk by walk, in order. */
export function rowsOf({nodes, closing}: Plan): Row[] {
	return [...nodes, ...closing].flatMap(({node, chapters}) =>
		chapters.flatMap(({at = node, phases}) =>
			phases.flatMap(({name: phase, steps}) =>
				steps.map((step) => ({node, machine: at, phase, kind: step.kind, key: keyOf(step.kind, nameOf(step))})),
			),
		),
	);
}

/** Stable while the step is: `NODE/PHASE/KIND NAME`. Which block of addresses a lab has is another one's with every lab. */
export const idOf = ({node, phase, key}: Row) => `${node}/${phase}/${key.replace(/\b10\.213\.\d+\./, '10.213.*.')}`;

export const caseOf = (row: string, moment: Moment) => `${row}/${moment}`;

/** The cases of a plan by their ids, in order. */
export function casesOf(plan: Plan): string[] {
	const rows = rowsOf(plan).map(idOf);
	return [...new Set(rows)].flatMap((row) => moments.map((moment) => caseOf(row, moment)));
}

/**
 * For how many milliseconds at most a step of this kind is left at work before it is killed `during` it: those that take a while are killed
 * anywhere in it, the others at once. A kind without a row has no cases.
 */
export const patience: Readonly<Record<Step['kind'], number>> = {
	file: 0,
	dir: 0,
	link: 0,
	absent: 0,
	line: 0,
	block: 0,
	masked: 30,
	sysctl: 0,
	module: 0,
	noted: 0,
	undo: 30,
	unmounted: 30,
	cleared: 60,
	service: 150,
	run: 60,
	fetch: 250,
	image: 900,
	import: 900,
	package: 1500,
	purged: 1500,
	rpms: 1500,
	rpmless: 1500,
	object: 60,
	wait: 900,
};
