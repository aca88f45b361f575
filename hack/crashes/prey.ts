/** What a hunter sees of the programs on a node: which line of a log begins which case, and their processes. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {kill} from 'node:process';
import type {Program} from './program.ts';
import {caseOf, idOf, type Row} from './table.ts';

export type Ground = {
	readonly node: string;
	/** `/run/kubestrap` of the node, as this machine sees it. */
	readonly folder: string;
	/** Where the node's systemd keeps the cgroups of its units. */
	readonly payload: string;
};

export type Hunt = {
	readonly operator: number;
	readonly grounds: readonly Ground[];
	readonly rows: readonly Row[];
	/** Cases to kill in: `both` the operator and the program at once, or the `operator` alone. */
	readonly wanted: Readonly<Record<string, 'both' | 'operator'>>;
	/** Milliseconds that a step stays at work before it is killed `during` it, by its row. */
	readonly delays: Readonly<Record<string, number>>;
	/** Milliseconds that programs are watched after the operator has died. */
	readonly linger: number;
	/** `[0]` is 1: stop. */
	readonly flags: Int32Array<SharedArrayBuffer>;
};

export type Strike = {
	readonly node: string;
	readonly unit: string;
	readonly who: 'both' | 'operator' | 'orphan';
	/** The cases that the program was in. */
	readonly covered: readonly string[];
	/** Wanted cases that it was through before the blow fell. */
	readonly missed: readonly string[];
};

export type Report = {readonly strikes: readonly Strike[]; readonly strangers: readonly string[]};

/**
 * Which cases may begin with which line, as the log has it without milliseconds; those that begin with the program itself under ''. The steps of a
 * group end in any order, so whether one is over is to be seen by `point`.
 */
export function marksOf(program: Program, rows: ReadonlyMap<number, Row | undefined>): Map<string, string[]> {
	const marks = new Map<string, string[]>();
	const add = (line: string, index: number, moment: Parameters<typeof caseOf>[1]) => {
		const row = rows.get(index);
		if (row) marks.set(line, [...(marks.get(line) ?? []), caseOf(idOf(row), moment)]);
	};
	const ends = (index: number) => ['unchanged', 'changed', 'failed'].map((state) => `@ ${index} ${state}`);
	program.acts.forEach(({phase, steps}, at) => {
		const next = program.acts.slice(at + 1).find((act) => act.phase === phase || !program.background.has(act.phase));
		for (const {index} of steps) add(`@ ${index} started`, index, 'during');
		for (const line of steps.flatMap(({index}) => ends(index))) {
			for (const {index} of steps) add(line, index, 'after');
			for (const {index} of next?.steps ?? []) add(line, index, 'before');
		}
	});
	for (const {index} of program.acts.find(({phase}) => !program.background.has(phase))?.steps ?? []) add('', index, 'before');
	return marks;
}

/** Names of units of kubestrap in a folder of theirs, or of their cgroups. */
export function units(folder: string): string[] {
	try {
		return readdirSync(folder).filter((name) => name.startsWith('kubestrap-'));
	} catch {
		return [];
	}
}

export function processes(cgroup: string): number[] {
	try {
		return readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
	} catch {
		return [];
	}
}

export function killed(pid: number): void {
	try {
		kill(pid, 'SIGKILL');
	} catch {
		// It ended by itself.
	}
}
