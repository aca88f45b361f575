/** What `hack/crash --full` last came to, family by family: README shows it. A long run may be made in parts. */
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {cache, repository} from '../laboratory/places.ts';
import type {Family, Result} from './family.ts';

const file = join(repository, 'test', 'crash', 'last-full.json');
/** The cases that were met so far under a seed. */
const partsOf = (seed: string) => join(cache, 'crash', `${seed.replaceAll(/\W/g, '_')}.json`);

export type Entry = {
	readonly what: string;
	/** `YYYY-MM-DD` */
	readonly date: string;
	readonly commit: string;
	readonly seed: string;
	/** How many parts it was made in, and their seconds together. */
	readonly parts: number;
	readonly seconds: number;
	readonly cases: number;
	readonly run: number;
	readonly converged: number;
	readonly wrong: readonly string[];
};

type Ledger = Readonly<Record<string, Entry>>;

const read = <T>(path: string): Readonly<Record<string, T>> =>
	existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, T>) : {};

function write(path: string, value: unknown): void {
	mkdirSync(dirname(path), {recursive: true});
	writeFileSync(path, `${JSON.stringify(value, undefined, '\t')}\n`);
}

export const lastFull = (): Ledger => read<Entry>(file);

/** What earlier parts of the same run have met of a family. */
export const earlier = (seed: string, family: string): ReadonlySet<string> =>
	new Set(read<readonly string[]>(partsOf(seed))[family] ?? []);

export function remember(
	{name, what}: Family,
	{all, met, bad}: Result,
	{seed, commit, seconds}: {readonly seed: string; readonly commit: string; readonly seconds: number},
): void {
	const before = earlier(seed, name);
	const last = lastFull()[name];
	const old = last?.seed === seed ? last : undefined;
	const run = all.filter((one) => before.has(one) || met.includes(one));
	const wrong = [...(old?.wrong ?? []), ...bad.map((line) => line.split('\n')[0]!)];
	const entry: Entry = {
		what,
		date: new Date().toISOString().slice(0, 10),
		commit,
		seed,
		parts: (old?.parts ?? 0) + 1,
		seconds: (old?.seconds ?? 0) + seconds,
		cases: all.length,
		run: run.length,
		converged: Math.max(0, run.length - wrong.length),
		wrong,
	};
	write(file, {...lastFull(), [name]: entry});
	write(partsOf(seed), {...read(partsOf(seed)), [name]: run});
}
