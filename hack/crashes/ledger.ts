/** What `hack/crash --full` last came to, family by family: README shows it. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {repository} from '../laboratory/places.ts';
import type {Family, Result} from './family.ts';

const file = join(repository, 'test', 'crash', 'last-full.json');

export type Entry = {
	readonly what: string;
	/** `YYYY-MM-DD` */
	readonly date: string;
	readonly commit: string;
	readonly seed: string;
	readonly seconds: number;
	readonly cases: number;
	readonly run: number;
	readonly converged: number;
	readonly wrong: readonly string[];
};

export function lastFull(): Readonly<Record<string, Entry>> {
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Entry>) : {};
}

export function remember(
	{name, what}: Family,
	{cases, run, bad}: Result,
	more: {readonly seed: string; readonly commit: string; readonly seconds: number},
): void {
	const date = new Date().toISOString().slice(0, 10);
	const entry: Entry = {
		what,
		date,
		...more,
		cases,
		run,
		converged: bad.length === 0 ? run : run - bad.length,
		wrong: bad.map((line) => line.split('\n')[0]!),
	};
	writeFileSync(file, `${JSON.stringify({...lastFull(), [name]: entry}, undefined, '\t')}\n`);
}
