import {Interrupted, StepError} from '../errors.ts';
import type {Chapter, Step} from '../model.ts';
import {compile, type Program} from '../steps/compile.ts';
import type {Ending} from './board.ts';
import {Bringer} from './bring.ts';
import {contextOf} from './context.ts';
import {breakdown, failuresOf, Heard, type Place} from './failures.ts';
import {isCutShort, isLeft, LeftBehind, within} from './halting.ts';
import type {LaneOptions, Seat} from './lane-options.ts';
import {payloadOf} from './payload.ts';
import {cleaned} from './redact.ts';
import {sweepScript} from './scripts.ts';
import {run} from './unit.ts';
import {Vigil} from './vigil.ts';
import type {Word} from './words.ts';

/** Lines. A program tells twenty for a step that failed; a hostile machine could tell without end. */
const mostEvidence = 1000;

type Compiled = {readonly chapter: Chapter; readonly program: Program; readonly seat: Seat};

/** One node's walk through its chapters. Most are done on its own machine, some on another in its name. */
export class Lane {
	readonly #node: string;
	readonly #chapters: readonly Compiled[];
	readonly #options: LaneOptions;
	readonly #bringer: Bringer | undefined;
	/** Steps that are as they shall be, and the last of them. */
	readonly #done = {count: 0, last: ''};
	readonly #places: ReadonlyMap<string, Seat>;
	readonly #vigil: Vigil;
	/** Machines on which a unit is not followed any more. */
	readonly #left = new Set<string>();

	/** Compiles all chapters, so that what cannot be compiled (ConfigError) is known before anything is changed. */
	constructor(node: string, places: ReadonlyMap<string, Seat>, chapters: readonly Chapter[], options: LaneOptions) {
		this.#node = node;
		this.#options = options;
		this.#places = places;
		this.#vigil = new Vigil({diagnose: options.diagnose, signal: options.signal, hostOf: (name) => places.get(name)?.host});
		const seatOf = (name: string) => {
			const seat = places.get(name);
			if (seat === undefined) throw new StepError(`${name}: there is no connection to this node of the plan`);
			return seat;
		};
		this.#chapters = chapters.map((chapter) => {
			const seat = seatOf(chapter.at ?? node);
			return {
				chapter,
				seat,
				program: compile(chapter, contextOf(options.cluster, options.lock, seat.site, {offline: options.offline !== undefined})),
			};
		});
		const {artifacts, signal, tally, depot, throttle} = options;
		// A node whose machine is gone has a walk all the same, done elsewhere.
		const own = places.get(node)?.host;
		this.#bringer = own && new Bringer(own, node, {artifacts, tell: tally.tell, signal, depot, throttle});
	}

	/** Never rejects: failures go to the tally, endings to the board. The next chapter begins when the front of this one is done. */
	async walk(): Promise<void> {
		const {board} = this.#options;
		const running: Promise<boolean>[] = [];
		const names = new Map<Seat, string[]>();
		for (const compiled of this.#chapters) {
			const {chapter, program, seat} = compiled;
			const endings = await Promise.all(chapter.awaits.map(({node, phase}) => board.ending(node, phase)));
			const well = endings.every((ending) => ending === 'done') && !this.#options.signal?.aborted;
			const front = Promise.withResolvers<boolean>();
			if (well) {
				const unit = this.#options.unitName(chapter.name, program.hash);
				names.set(seat, [...(names.get(seat) ?? []), unit]);
				const end = this.#chapter(compiled, unit, front.resolve);
				running.push(end);
				end.then(front.resolve, front.reject);
			}
			if (!well) this.#notReached(chapter, endings);
			if (!well || !(await front.promise)) break;
		}
		const ends = await Promise.all(running);
		this.#close(ends.every(Boolean) ? 'not reached' : 'failed');
		if (this.#options.signal?.aborted) this.#sayStopped();
		for (const [{host, lease}, units] of names) {
			const words = ['sh', '-c', sweepScript, 'sh', String(lease.fence), this.#options.run, ...units];
			// A machine that could not be told of the end is not asked to sweep.
			const deadline = isCutShort(this.#options.signal) ? 2000 : 20_000;
			if (isLeft(this.#options.signal) || this.#left.has(host.name)) continue;
			await within(deadline, host.exec(words, {deadline})).catch(() => {});
		}
	}

	#sayStopped(): void {
		const {count, last} = this.#done;
		const all = this.#chapters.reduce((sum, {program}) => sum + program.steps.length, 0);
		if (count === all) return;
		const far = count === 0 ? `before the first of ${all} steps` : `after ${count} of ${all} steps, the last was ${last}`;
		const detail = `stopped ${far}; the same command skips what is done and goes on`;
		this.#options.tally.tell({type: 'note', node: this.#node, detail});
	}

	#notReached({name, awaits}: Chapter, endings: readonly Ending[]): void {
		const cause = awaits[endings.findIndex((ending) => ending !== 'done')];
		if (cause === undefined) return;
		const detail = `not reached: ${name} waits for ${cause.phase} on ${cause.node}`;
		this.#options.tally.tell({type: 'note', node: this.#node, detail});
	}

	#close(ending: Ending): void {
		for (const {name} of this.#chapters.flatMap(({chapter}) => chapter.phases))
			this.#options.board.settle(this.#node, name, ending);
	}

	/** Runs one chapter to its end; whether it went well. */
	async #chapter({chapter, program, seat}: Compiled, unit: string, front: (well: boolean) => void): Promise<boolean> {
		const {tally, signal, run: id} = this.#options;
		const {host, lease} = seat;
		const node = this.#node;
		const place = this.#place(seat);
		const heard = new Heard();
		const hear = (word: Word) => {
			this.#hear(word, program, heard, front);
			if (word.kind === 'step') this.#vigil.hear(program.steps[word.index]?.step, word.state, {host, unit, index: word.index});
		};
		const lost = () =>
			tally.tell({type: 'note', node, detail: 'the connection was lost; the work goes on there, and we look for it again'});
		try {
			const payload = await payloadOf(program, this.#options.record(lease.fence, seat.site), this.#options.secrets);
			const ended = run({host, name: unit, hear, lost, signal}, {payload, fence: lease.fence, run: id});
			const rc = await Promise.race([ended, lease.lost]);
			if (rc === 0) return true;
			// It ended its step first, as it was told; that is no failure.
			if (rc === 78 && signal?.aborted) throw new Interrupted('');
			for (const {failure, exit} of await failuresOf(heard, rc, program, place)) tally.fail(failure, exit);
		} catch (error) {
			if (error instanceof Interrupted) {
				if (error instanceof LeftBehind) this.#left.add(host.name);
				if (isLeft(signal) || error instanceof LeftBehind) tally.tell({type: 'note', node, detail: error.message});
			} else {
				const {failure, exit} = breakdown(error, heard, chapter.name, place);
				tally.fail(failure, exit);
			}
		} finally {
			this.#vigil.end();
		}
		for (const {name} of chapter.phases) this.#options.board.settle(node, name, 'failed');
		return false;
	}

	#hear(word: Word, program: Program, heard: Heard, front: (well: boolean) => void): void {
		const {tally, board} = this.#options;
		const node = this.#node;
		if (word.kind === 'front') front(word.rc === 0);
		if (word.kind === 'phase') {
			const phase = program.phases[word.index];
			if (phase === undefined) return;
			if (word.state === 'started') heard.phase = phase;
			else board.settle(node, phase, word.state === 'failed' ? 'failed' : 'done');
			tally.tell({type: 'phase', node, phase, state: word.state, ms: word.ms});
		}
		if (!('index' in word) || word.kind === 'phase') return;
		const planned = program.steps[word.index];
		if (word.kind === 'evidence' && heard.evidence.length < mostEvidence)
			heard.evidence.push({index: word.index, text: this.#clean(word.text)});
		if (planned === undefined) return;
		const {phase, label, step} = planned;
		if (word.kind === 'step' && (word.state === 'changed' || word.state === 'unchanged')) {
			this.#done.count += 1;
			this.#done.last = `${label} (phase ${phase})`;
		}
		if (word.kind === 'step') tally.tell({type: 'step', node, phase, step: label, state: word.state, ms: word.ms});
		if (word.kind === 'step' && word.state === 'failed') heard.failed.push(word.index);
		if (word.kind === 'note') tally.tell({type: 'note', node, phase, detail: this.#clean(word.text)});
		if (word.kind === 'says') tally.tell({type: 'progress', node, phase, step: label, detail: this.#clean(word.text)});
		if (word.kind === 'wants') this.#want(step, word);
	}

	#want(step: Step, {offset, sha256}: Extract<Word, {kind: 'wants'}>): void {
		if (step.kind === 'fetch') {
			const locked = this.#options.lock.binaries[step.artifact];
			if (locked) this.#bringer?.want({artifact: step.artifact, locked, offset});
		}
		if (step.kind === 'import') {
			const locked = step.blobs.find((blob) => blob.sha256 === sha256);
			if (locked) this.#bringer?.want({artifact: step.ref, locked, offset});
		}
	}

	#place({site, host}: Seat): Place {
		const {cluster, diagnose, signal} = this.#options;
		return {node: this.#node, site, host, cluster, diagnose, signal, seats: this.#places, clean: (text) => this.#clean(text)};
	}

	#clean(text: string): string {
		return cleaned(text, this.#options.secrets.values());
	}
}
