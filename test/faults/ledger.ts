/** What preflight said to each fault, as the last whole runs of the suites have written it down. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {env} from 'node:process';
import type {Finding} from '../../src/model.ts';
import type {Fault} from './rows.ts';

/** Of containers; those of nodes with a kernel of their own are written by their suite. */
const [file, ownKernel] = ['results.json', 'results-uml.json'].map((name) => join(import.meta.dirname, name)) as [string, string];

export type Result = {
	readonly id: string;
	readonly node: string;
	readonly level: string;
	/** Empty: nothing was found, and the proof held. */
	readonly finding: string;
	readonly evidence: string;
};

type Results = {readonly date: string; readonly results: readonly Result[]};

const read = (path: string): Results => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {date: '', results: []});

/** Of both kinds of nodes, with the earlier of the two dates. */
export function readResults(): Results {
	const [one, other] = [read(file), read(ownKernel)];
	const [date = ''] = [one.date, other.date].filter((each) => each !== '').sort();
	return {date, results: [...one.results, ...other.results.filter(({id}) => !one.results.some((known) => known.id === id))]};
}

export function resultOf({id, finds, proof}: Fault, found: readonly Finding[]): Result {
	const first = found.find((one) => one.id === finds);
	if (first === undefined) return {id, node: '', level: 'none', finding: '', evidence: proof?.why ?? ''};
	return {id, node: first.node, level: first.level, finding: first.id, evidence: first.evidence};
}

/** Writes results over those of the same faults; only where everything is run. */
export function keep(results: readonly Result[]): void {
	if (env.KUBESTRAP_FULL === undefined || results.length === 0) return;
	const fresh = new Set(results.map(({id}) => id));
	const all = [...read(file).results.filter(({id}) => !fresh.has(id)), ...results];
	const sorted = all.toSorted((one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)));
	writeFileSync(file, `${JSON.stringify({date: new Date().toISOString().slice(0, 10), results: sorted}, undefined, '\t')}\n`);
}
