/** What `hack/verify` runs: every suite as a row, one after the other, and one line at the end that sums them all up. */
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {accessSync, constants, readdirSync} from 'node:fs';
import {delimiter, join} from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');

export type Tally = {readonly passed: number; readonly failed: number; readonly skipped: number};
type Suite = {
	readonly name: string;
	readonly command: readonly string[];
	/** `tests`: the command prints ava's counts. `whole`: it is one check, good or bad. */
	readonly counts: 'tests' | 'whole';
	/** It is run when the seed picks it, and with `--full`. */
	readonly sample?: string;
	/** Why this machine cannot run it, if so. */
	readonly without?: () => string | undefined;
};

const lab = readdirSync(join(root, 'test/e2e'))
	.filter((name) => name.endsWith('.test.ts'))
	.sort();

/** Minutes that CI has for a kind of suites, and what each of them takes on a quiet machine. It runs as many as fit, others with each change of the code. */
const pools: Readonly<Record<string, {readonly room: number; readonly minutes: Readonly<Record<string, number>>}>> = {
	'many machines': {
		room: 10,
		minutes: {
			'7-reset.test.ts': 3,
			'9-kubeadm-joins.test.ts': 2,
			'9-ssh.test.ts': 1,
			'10-remove.test.ts': 3,
			'11-many.test.ts': 5,
			'12-from-kubeadm.test.ts': 3,
		},
	},
	artifacts: {
		room: 8,
		minutes: {'13-mirrors.test.ts': 2, '14-packages.test.ts': 2, '15-offline.test.ts': 3, '16-registry.test.ts': 1},
	},
	'prepared machines': {
		room: 6,
		minutes: {
			'17-preflight.test.ts': 3,
			'19-operators.test.ts': 3,
			'21-prepared.test.ts': 2,
			'23-refusals.test.ts': 1,
		},
	},
	plans: {room: 3, minutes: {'18-plan.test.ts': 3}},
	// One of the two with each change. That of own kernels fetches a kernel and Debian 13 once per machine: a minute more.
	'broken machines': {room: 7, minutes: {'20-causes.test.ts': 5, '22-own-kernel.test.ts': 7}},
};
const sampled = Object.values(pools).flatMap(({minutes}) => Object.keys(minutes));

/** Run with `--full` alone, until they have been seen good often enough. */
const onlyInFull = ['8-endpoints.test.ts', '11-parallel.test.ts'];

/** In an order that follows from the seed alone: what stands first is drawn first. Pure. */
export function shuffled<T extends string>(seed: string, names: readonly T[]): T[] {
	const rank = (name: string) => createHash('sha256').update(`${seed} ${name}`).digest('hex');
	return names.toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

/** Which of the sampled suites a seed picks: shuffled by it, then taken while they fit. The same seed picks the same. Pure. */
export function picked(seed: string, minutes: Readonly<Record<string, number>>, room: number): string[] {
	let left = room;
	return shuffled(seed, Object.keys(minutes))
		.filter((name) => {
			const fits = minutes[name]! <= left;
			if (fits) left -= minutes[name]!;
			return fits;
		})
		.sort();
}

/** `--seed WORD`, else the code: a run can be repeated, and each change of src draws anew. */
function seedOf(args: readonly string[]): string {
	const asked = args[args.indexOf('--seed') + 1];
	if (args.includes('--seed') && asked !== undefined) return asked;
	return spawnSync('git', ['rev-parse', 'HEAD:src'], {cwd: root, encoding: 'utf8'}).stdout?.trim() || 'none';
}

/** Operators, machines and lines die: ten minutes of it, drawn by the seed, every time. */
const crashes = (seed: string, full: boolean): Suite => ({
	name: 'crash matrix',
	command: ['node', 'hack/crashes/main.ts', '--seed', seed, ...(full ? ['--full'] : ['--minutes', '10'])],
	counts: 'tests',
	without: noLab,
});

const suites: readonly Suite[] = [
	{name: 'types', command: ['tsc', '--noEmit'], counts: 'whole'},
	{name: 'lint', command: ['npm', 'run', '--silent', 'lint'], counts: 'whole'},
	{name: 'floors', command: ['node', 'hack/floors.ts'], counts: 'whole'},
	{name: 'tests', command: ['ava'], counts: 'tests'},
	{name: 'build', command: ['node', 'hack/build.ts'], counts: 'whole'},
	// One lab after the other: the nodes of two would fight for the processor, and timeouts would lie.
	...lab.map(
		(file): Suite => ({
			name: `lab: ${file}`,
			...(sampled.includes(file) || onlyInFull.includes(file) ? {sample: file} : {}),
			command: ['ava', '--timeout=40m', `test/e2e/${file}`],
			counts: 'tests',
			without: noLab,
		}),
	),
];

function noLab(): string | undefined {
	if (process.getuid?.() !== 0) return 'needs root';
	return ['apt-get', 'go', 'ip']
		.map((tool) => (onPath(tool) ? undefined : `needs ${tool}`))
		.find((reason) => reason !== undefined);
}

function onPath(tool: string): boolean {
	const folders = `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin${delimiter}/usr/local/go/bin`.split(delimiter);
	return folders.some((folder) => {
		try {
			accessSync(join(folder, tool), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

/** Counts in the last lines that ava prints. A suite that failed without a failed test (a crash, a timeout) counts as one failure. */
export function readCounts(output: string, code: number): Tally {
	const tail = output
		.replace(/\u001b\[[0-9;]*m/g, '')
		.split('\n')
		.slice(-400)
		.join('\n');
	const sum = (what: RegExp) => [...tail.matchAll(what)].reduce((total, [, count]) => total + Number(count), 0);
	const passed = sum(/^\s*(\d+) (?:tests? passed|known failures?)$/gm);
	const failed = sum(/^\s*(\d+) (?:tests? failed|unhandled rejections?|uncaught exceptions?|tests? remained pending.*)$/gm);
	const skipped = sum(/^\s*(\d+) tests? (?:skipped|todo)$/gm);
	return {passed, skipped, failed: code !== 0 && failed === 0 ? 1 : failed};
}

/** `N passed, N failed`, and what was skipped if anything was. */
export function sumUp(tallies: readonly Tally[]): string {
	const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
	const skipped = sum('skipped');
	return `${sum('passed')} passed, ${sum('failed')} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/**
 * The command with our own node and our own packages. Their folder is not put into PATH: one of them brings an `nft` that has nothing
 * to do with the one that the lab needs.
 */
function inFull([program = '', ...args]: readonly string[]): readonly string[] {
	if (program === 'npm') return [program, ...args];
	return program === 'node' ? [process.execPath, ...args] : [process.execPath, join(bin, program), ...args];
}

async function run(
	{name, command, counts, without}: Suite,
	{full, ci, seed}: {full: boolean; ci: boolean; seed: string},
): Promise<Tally> {
	const reason = without?.();
	if (reason !== undefined) {
		console.log(`\n== ${name}: ${ci ? 'failed' : 'skipped'}, ${reason}`);
		return ci ? {passed: 0, failed: 1, skipped: 0} : {passed: 0, failed: 0, skipped: 1};
	}
	console.log(`\n== ${name}`);
	const began = performance.now();
	const env = {...process.env, ...(full ? {KUBESTRAP_FULL: '1'} : {}), KUBESTRAP_SEED: seed};
	const [program = '', ...args] = inFull(command);
	const child = spawn(program, args, {cwd: root, env, stdio: ['ignore', 'pipe', 'pipe']});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (chunk: string) => {
			process.stdout.write(chunk);
			// Only the end is read again; a suite that talks for hours must not fill the memory.
			output = (output + chunk).slice(-1_000_000);
		});
	}
	const code = await new Promise<number>((resolve, reject) => child.on('error', reject).on('close', (rc) => resolve(rc ?? 1)));
	console.log(`== ${name}: ${code === 0 ? 'good' : 'bad'} after ${((performance.now() - began) / 1000).toFixed(0)} s`);
	return counts === 'tests' ? readCounts(output, code) : {passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0};
}

if (import.meta.main) {
	const seed = seedOf(process.argv);
	const options = {full: process.argv.includes('--full'), ci: process.env.CI === 'true', seed};
	const drawn = Object.entries(pools).flatMap(([kind, {minutes, room}]) => {
		const names = picked(seed, minutes, room);
		if (!options.full) console.log(`seed ${seed}: of the suites of ${kind} ${names.join(', ')}`);
		return names;
	});
	const tallies: Tally[] = [];
	for (const suite of [...suites, crashes(seed, options.full)]) {
		if (options.full || suite.sample === undefined || drawn.includes(suite.sample)) tallies.push(await run(suite, options));
	}
	console.log(`\n${sumUp(tallies)}`);
	process.exitCode = tallies.some(({failed}) => failed > 0) ? 1 : 0;
}
