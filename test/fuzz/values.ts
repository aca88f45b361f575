/**
 * Hostile values in every field of a config. What is refused has its place (config.ts looks at that); what is accepted is compiled to programs,
 * in which it is an argument, never a part of a script.
 */
import {load} from '../../src/cluster/load.ts';
import {ConfigError} from '../../src/errors.ts';
import type {Cluster, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {init} from '../../src/recipes.ts';
import {compile, type Program} from '../../src/steps/compile.ts';
import {scopeOf, siteOf} from '../contract/ours.ts';
import {wholeLock} from '../laws/lock.ts';
import {nowhere} from './config.ts';
import {Evaluation} from './evaluate.ts';
import {configs, documents, type Field, fields, write} from './fields.ts';
import {canary, hostileText} from './hostile.ts';
import {Random, seedOf} from './random.ts';

export type Tried = {
	readonly values: number;
	readonly accepted: number;
	readonly faults: readonly {readonly number: number; readonly what: string}[];
};

/** Tries the values from one number to below another; field and value follow from the number. */
export function fuzzValues(word: string, from: number, until: number): Tried {
	const evaluation = new Evaluation();
	const faults: {number: number; what: string}[] = [];
	let accepted = 0;
	try {
		for (let number = from; number < until; number += 1) {
			const random = new Random(seedOf(word, number));
			const field = fields[number % fields.length]!;
			const value = hostileText(random).replaceAll(canary, evaluation.canary);
			const cluster = opened(field, value);
			if (cluster === undefined) continue;
			accepted += 1;
			const {programs, steps} = programsOf(cluster);
			const bad = steps
				.flatMap(scripts)
				.find((script) => value !== '' && script.includes(value) && !before(field).scripts.has(script));
			if (bad !== undefined)
				faults.push({
					number,
					what: `${field.name}: ${JSON.stringify(value)} is part of a script: ${bad.slice(0, 300)}`,
				});
			// What a value does not change was evaluated with another.
			const changed = programs.filter(({text}) => number < fields.length || !before(field).texts.has(text));
			for (const {text} of changed) evaluation.add(number, text);
		}
	} finally {
		faults.push(...evaluation.end().map((number) => ({number, what: 'it was run by a shell, or broke its line'})));
	}
	return {values: until - from, accepted, faults};
}

/** The cluster of a config with this value in this field; nothing when it is refused. Throws what is no refusal. */
function opened(field: Field, value: string): Cluster | undefined {
	try {
		return load(write(documents(field, value)), nowhere);
	} catch (error) {
		if (error instanceof ConfigError) return undefined;
		throw new Error(`${field.name} = ${JSON.stringify(value)}: a crash`, {cause: error});
	}
}

function programsOf(cluster: Cluster): {programs: Program[]; steps: Step[]} {
	const sites = cluster.nodes.map((spec, at) => siteOf(cluster, spec.name ?? `n${at}`, spec.role, `10.9.0.${at + 1}`));
	const scope = scopeOf(cluster, sites);
	const planned = plan(init, scope);
	const criSocket = cluster.registration.criSocket;
	const lock = wholeLock(scope);
	const chapters = planned.nodes.flatMap(({chapters: own}) => own);
	const programs = chapters.map((chapter) => compile(chapter, {lock, urls: () => [], criSocket}));
	return {programs, steps: chapters.flatMap((chapter) => chapter.phases.flatMap(({steps}) => [...steps]))};
}

const seen = new Map<number, {scripts: Set<string>; texts: Set<string>}>();
/** Scripts and program texts of the field's file as it stands. */
function before({from}: Field): {scripts: Set<string>; texts: Set<string>} {
	const known = seen.get(from);
	if (known !== undefined) return known;
	const {programs, steps} = programsOf(load(write(configs[from]!), nowhere));
	const all = {scripts: new Set(steps.flatMap(scripts)), texts: new Set(programs.map(({text}) => text))};
	seen.set(from, all);
	return all;
}

/** Scripts are constant: what a config says is an argument of them. */
function scripts(value: unknown): string[] {
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, below]) => (key === 'sh' && typeof below === 'string' ? [below] : scripts(below)));
}
