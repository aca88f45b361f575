/**
 * A thread that watches what programs on the lab's nodes log, and kills at a wanted point: the operator, and the program too if that is the case.
 * It looks from outside, through the nodes' processes, which are this machine's; the product does not know of it. A shell is through a step in a
 * millisecond, so the thread looks ten times in each, and goes before everything else that runs on this machine.
 */
import {spawnSync} from 'node:child_process';
import {closeSync, openSync, readFileSync, readlinkSync, readSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {parentPort, workerData} from 'node:worker_threads';
import {type Ground, type Hunt, killed, marksOf, processes, type Report, type Strike, units} from './prey.ts';
import {type Program, passed, point, readProgram, rowsIn} from './program.ts';
import type {Row} from './table.ts';

type Prey = {
	readonly ground: Ground;
	readonly unit: string;
	readonly log: number;
	readonly program: Program;
	readonly rows: ReadonlyMap<number, Row | undefined>;
	/** Cases that begin with a line of the log, by that line without its milliseconds. */
	readonly marks: ReadonlyMap<string, readonly string[]>;
	text: string;
	rest: string;
	/** When to strike, once a step that takes a while is at work. */
	due?: number;
	over: boolean;
};

class Hunter {
	readonly #hunt: Hunt;
	readonly #wanted: Map<string, 'both' | 'operator'>;
	readonly #known = new Set<string>();
	readonly #preys: Prey[] = [];
	readonly #strikes: Strike[] = [];
	readonly #strangers = new Set<string>();
	readonly #buffer = Buffer.alloc(65_536);
	#died: number | undefined;

	constructor(hunt: Hunt) {
		this.#hunt = hunt;
		this.#wanted = new Map(Object.entries(hunt.wanted));
		for (const {folder} of hunt.grounds) for (const name of units(folder)) this.#known.add(this.#mark(folder, name));
	}

	go(): Report {
		const {flags, linger} = this.#hunt;
		let looked = 0;
		while (Atomics.load(flags, 0) === 0) {
			const moment = performance.now();
			const isAtWork = this.#preys.some(({over}) => !over);
			// Where nothing is at work any more, a program may still be on its way, but not for long.
			if (this.#died !== undefined && moment - this.#died > (isAtWork ? linger : linger / 3)) break;
			if (moment - looked > 1) {
				for (const ground of this.#hunt.grounds) this.#discover(ground);
				looked = moment;
			}
			for (const prey of this.#preys) if (!prey.over) this.#read(prey);
			Atomics.wait(flags, 0, 0, isAtWork ? 0.1 : 1);
		}
		for (const {log} of this.#preys) closeSync(log);
		return {strikes: this.#strikes, strangers: [...this.#strangers]};
	}

	#mark(folder: string, name: string): string {
		try {
			return `${folder}/${name} ${statSync(join(folder, name, 'program')).ino}`;
		} catch {
			return '';
		}
	}

	#discover(ground: Ground): void {
		for (const unit of units(ground.folder)) {
			const mark = this.#mark(ground.folder, unit);
			if (mark === '' || this.#known.has(mark)) continue;
			this.#known.add(mark);
			const folder = join(ground.folder, unit);
			const read = (name: string) => readFileSync(join(folder, name), 'utf8');
			try {
				const program = readProgram(read('program'), read);
				const rows = rowsIn(
					program,
					this.#hunt.rows.filter(({machine}) => machine === ground.node),
				);
				for (const {steps} of program.acts)
					for (const {index, key} of steps)
						if (rows.get(index) === undefined) this.#strangers.add(`${ground.node}/${unit}: ${key}`);
				const marks = marksOf(program, rows);
				this.#preys.push({
					ground,
					unit,
					log: openSync(join(folder, 'log'), 'r'),
					program,
					rows,
					marks,
					text: '',
					rest: '',
					over: false,
				});
				const first = marks.get('')?.find((one) => this.#wanted.has(one));
				if (first !== undefined) this.#strike(this.#preys.at(-1)!, first);
			} catch {
				// It was swept while we looked.
			}
		}
	}

	#read(prey: Prey): void {
		if (prey.due !== undefined && performance.now() >= prey.due) this.#strike(prey);
		const size = readSync(prey.log, this.#buffer);
		if (size === 0 || prey.over) return;
		const lines = (prey.rest + this.#buffer.toString('utf8', 0, size)).split('\n');
		prey.rest = lines.pop() ?? '';
		for (const line of lines) {
			prey.text += `${line}\n`;
			if (line.startsWith('@ end ')) prey.over = true;
			const cases = prey.marks.get(line.slice(0, line.lastIndexOf(' '))) ?? [];
			const wanted = cases.find((one) => this.#wanted.has(one) && isThere(prey, one));
			if (wanted === undefined && prey.due === undefined) continue;
			const delay = wanted?.endsWith('/during') ? (this.#hunt.delays[wanted.slice(0, -'/during'.length)] ?? 0) : 0;
			if (delay > 0 && prey.due === undefined) prey.due = performance.now() + delay;
			else if (prey.due === undefined || /^@ \d+ (unchanged|changed|failed)/.test(line)) {
				this.#strike(prey, wanted);
				if (prey.over) break;
			}
		}
	}

	/** The operator dies, if he lives; the program too, unless the case is the operator's alone. */
	#strike(prey: Prey, wanted?: string): void {
		delete prey.due;
		const who = this.#died === undefined ? (this.#wanted.get(wanted ?? '') ?? 'both') : 'orphan';
		if (who !== 'operator') this.#kill(prey);
		if (this.#died === undefined) {
			killed(this.#hunt.operator);
			this.#died = performance.now();
		}
		for (let size = 1; size > 0; ) {
			size = who === 'operator' ? 0 : readSync(prey.log, this.#buffer);
			prey.rest += this.#buffer.toString('utf8', 0, size);
		}
		const text = prey.text + (who === 'operator' ? '' : prey.rest);
		const covered = point(prey.program, prey.rows, text);
		const missed = passed(prey.program, prey.rows, text).filter((one) => this.#wanted.has(one) && !covered.includes(one));
		for (const one of [...covered, ...missed]) this.#wanted.delete(one);
		this.#strikes.push({node: prey.ground.node, unit: prey.unit, who, covered, missed});
		parentPort?.postMessage('struck');
	}

	/** Every program of kubestrap on that node, those in the background of an earlier chapter too. */
	#kill({ground}: Prey): void {
		const slice = join(ground.payload, 'system.slice');
		for (let tries = 0; tries < 200; tries += 1) {
			const pids = units(slice).flatMap((unit) => processes(join(slice, unit)));
			if (pids.length === 0) break;
			for (const pid of pids) killed(pid);
		}
		for (const prey of this.#preys) if (prey.ground === ground) prey.over = true;
	}
}

/** Who is between two steps is so when all steps of the group before are over. */
const isThere = ({program, rows, text}: Prey, one: string) => one.endsWith('/during') || point(program, rows, text).includes(one);

/** Nodes weigh more than what runs beside them; without this the blow falls some steps later, on a busy machine. */
function hurry(): void {
	const [, thread = ''] = /task\/(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? [];
	spawnSync('chrt', ['--fifo', '--pid', '1', thread]);
}

if (parentPort) hurry();
if (parentPort) parentPort.postMessage(new Hunter(workerData as Hunt).go());
