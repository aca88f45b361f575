/**
 * Programs as a shell reads them, without what they do: every word of the lines that a config or a machine has a say in is evaluated by a real shell,
 * in which our functions do nothing. What is anything but data runs there, and leaves a file.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Programs that are evaluated by one shell. */
const together = 100;

export class Evaluation {
	/** A shell that ran a value leaves a file here; `canary` is where hostile values try to. */
	readonly #folder = mkdtempSync(join(tmpdir(), 'kubestrap-fuzz-'));
	readonly canary = join(this.#folder, 'ran');
	#batch: {readonly number: number; readonly text: string}[] = [];
	readonly #guilty = new Set<number>();

	/** `number` is the input that the program was made of. */
	add(number: number, program: string): void {
		this.#batch.push({number, text: evaluated(program)});
		if (this.#batch.length >= together) this.#flush();
	}

	/** The inputs that did not stay data, and an end of it. */
	end(): number[] {
		try {
			this.#flush();
		} finally {
			rmSync(this.#folder, {recursive: true, force: true});
		}
		return [...this.#guilty];
	}

	#flush(): void {
		const batch = this.#batch;
		this.#batch = [];
		if (batch.length === 0 || runsNothing(this.#folder, batch)) return;
		// One of them did: which one?
		for (const one of batch) if (!runsNothing(this.#folder, [one])) this.#guilty.add(one.number);
	}
}

/** The part of a program that a config has a say in, with functions that do nothing in place of ours. */
export function evaluated(text: string): string {
	const begin = text.indexOf('\nahead() {\n');
	const end = text.lastIndexOf('\nwalk() {\n');
	if (begin < 0 || end < begin) throw new Error('the program is laid out otherwise: mend this test');
	const part = text.slice(begin, end);
	const ours = text.slice(0, begin).matchAll(/^(\w+)\(\)/gm);
	const names = new Set(['glance', ...Array.from(ours, ([, name]) => name!)]);
	const phases = [...part.matchAll(/^(phase_\d+)\(\) \{$/gm)].map(([, name]) => name!);
	const idle = [...names].map((name) => `${name}() { :; }`);
	return ['mode=observe', ...idle, part, ...phases, ''].join('\n');
}

/** True when the shell came to the end of all of them, and nothing was left in the folder. */
function runsNothing(folder: string, programs: readonly {readonly text: string}[]): boolean {
	const script = programs.map(({text}) => `(\n${text}\n) || exit 9\n`).join('');
	const {status, stderr} = spawnSync('sh', ['-uf'], {
		input: `${script}\nexit 7\n`,
		cwd: folder,
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024,
		env: {PATH: process.env.PATH ?? ''},
	});
	const left = readdirSync(folder);
	for (const name of left) rmSync(join(folder, name), {recursive: true, force: true});
	if (existsSync('/CANARY')) throw new Error('a value was run in another folder');
	return status === 7 && stderr === '' && left.length === 0;
}
