/** Runs the fuzzers of test/fuzz over as many inputs as asked for, on all processors, and says what was found. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {isMainThread, parentPort, Worker} from 'node:worker_threads';

type Family = 'config' | 'values' | 'answers';
type Share = {readonly family: Family; readonly seed: string; readonly from: number; readonly until: number};
type Result = {
	readonly inputs: number;
	readonly accepted: number;
	readonly faults: readonly {readonly number: number; readonly what: string}[];
};
type Sum = {inputs: number; accepted: number; faults: {number: number; what: string}[]};

/** How many the issue asks for; of answers there is no figure, and each takes a whole plan. */
const whole: Readonly<Record<Family, number>> = {config: 1_000_000, values: 100_000, answers: 10_000};
const share = {config: 5000, values: 1000, answers: 200};
const families = Object.keys(whole) as Family[];

async function work({family, seed, from, until}: Share): Promise<Result> {
	if (family === 'config') {
		const {fuzzConfig} = await import('../test/fuzz/config.ts');
		return fuzzConfig(seed, from, until);
	}
	if (family === 'values') {
		const {fuzzValues} = await import('../test/fuzz/values.ts');
		const {values, ...rest} = fuzzValues(seed, from, until);
		return {inputs: values, ...rest};
	}
	const {fuzzAnswers, honestFrames} = await import('../test/fuzz/answers.ts');
	const {answers, understood, faults} = await fuzzAnswers(seed, from, until, await honestFrames());
	return {inputs: answers, accepted: understood, faults};
}

/** Shares of a family, each to the next worker that is free. */
async function run(family: Family, seed: string, from: number, until: number): Promise<Sum> {
	const shares: Share[] = [];
	for (let at = from; at < until; at += share[family])
		shares.push({family, seed, from: at, until: Math.min(until, at + share[family])});
	const sum: Sum = {inputs: 0, accepted: 0, faults: []};
	const workers = Array.from({length: Math.min(availableParallelism(), shares.length)}, async () => {
		const worker = new Worker(new URL(import.meta.url));
		try {
			for (let next = shares.shift(); next !== undefined; next = shares.shift()) {
				const answer = await new Promise<Result>((resolve, reject) => {
					worker.removeAllListeners();
					worker.once('message', resolve).once('error', reject);
					worker.postMessage(next);
				});
				sum.inputs += answer.inputs;
				sum.accepted += answer.accepted;
				sum.faults.push(...answer.faults);
				for (const {number, what} of answer.faults) console.log(`${family} ${number}: ${what}`);
				if (shares.length % 20 === 0) console.error(`${family}: ${sum.inputs} of ${until - from}, ${sum.faults.length} faults`);
			}
		} finally {
			await worker.terminate();
		}
	});
	await Promise.all(workers);
	return sum;
}

type Row = {
	readonly family: Family;
	readonly date: string;
	readonly seed: string;
	readonly inputs: number;
	readonly accepted: number;
	readonly faults: number;
	readonly seconds: number;
};
const ledger = join(import.meta.dirname, '..', 'test', 'fuzz', 'last-full.json');

/** What the README shows: the last full run of each family. */
function remember(row: Row): void {
	const known: Row[] = existsSync(ledger) ? JSON.parse(readFileSync(ledger, 'utf8')) : [];
	const rows = families.flatMap((family) => (family === row.family ? row : (known.find((one) => one.family === family) ?? [])));
	writeFileSync(ledger, `${JSON.stringify(rows, undefined, '\t')}\n`);
}

async function main(): Promise<void> {
	const text = {type: 'string'} as const;
	const options = {full: {type: 'boolean'}, seed: text, inputs: text, only: text} as const;
	const {values, positionals} = parseArgs({options, allowPositionals: true});
	const {full = false, seed = 'full', inputs: asked, only} = values;
	const unknown = positionals.find((name) => !families.includes(name as Family));
	if (unknown !== undefined) throw new Error(`${unknown} is none of ${families.join(', ')}`);
	const rows: Row[] = [];
	for (const family of families.filter((name) => positionals.length === 0 || positionals.includes(name))) {
		const count = Number(asked ?? (full ? whole[family] : whole[family] / 100));
		const [from, until] = only === undefined ? [0, count] : [Number(only), Number(only) + 1];
		const began = performance.now();
		const {inputs, accepted, faults} = await run(family, seed, from, until);
		const seconds = Math.round((performance.now() - began) / 1000);
		const row = {family, date: new Date().toISOString().slice(0, 10), seed, inputs, accepted, faults: faults.length, seconds};
		rows.push(row);
		if (full && only === undefined) remember(row);
	}
	console.table(rows);
	process.exitCode = rows.some(({faults}) => faults > 0) ? 1 : 0;
}

if (isMainThread) await main();
else
	parentPort!.on(
		'message',
		(next: Share) =>
			void work(next).then(
				(result) => parentPort!.postMessage(result),
				(error: unknown) => {
					// An error as it is ends the worker, which is an end of the whole run.
					queueMicrotask(() => {
						throw error;
					});
				},
			),
	);
