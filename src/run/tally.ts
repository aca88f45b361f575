import type {Failure, News, Summary, Tell} from '../model.ts';

/** Of a run that only looked and found everything as it is wanted. `began`: by `performance.now()`. */
export function nothingToDo(unchanged: number, began: number): Summary {
	const ms = Math.round(performance.now() - began);
	return {ok: true, exit: 0, changed: 0, unchanged, failed: 0, ms, failures: [], spent: []};
}

/** Counts what is told, on its way to the report. */
export class Tally {
	readonly #began = performance.now();
	readonly #tell: Tell;
	readonly #counts = {unchanged: 0, changed: 0, failed: 0};
	readonly #spent: {node: string; phase: string; ms: number}[] = [];
	readonly #failures: {failure: Failure; exit: number}[] = [];

	constructor(tell: Tell) {
		this.#tell = tell;
	}

	readonly tell: Tell = (news: News) => {
		const {type, state, node, phase, ms = 0} = news;
		if (type === 'step' && state && state !== 'started') this.#counts[state] += 1;
		if (type === 'phase' && state && state !== 'started' && node && phase) this.#spent.push({node, phase, ms});
		this.#tell(news);
	};

	fail(failure: Failure, exit: number): void {
		this.#failures.push({failure, exit});
	}

	/** The exit code is that of the first failure; an interruption beats it. */
	summary(interrupted: number | undefined): Summary {
		const exit = interrupted ?? this.#failures[0]?.exit ?? 0;
		const failures = this.#failures.map(({failure}) => failure);
		const ms = Math.round(performance.now() - this.#began);
		return {ok: exit === 0, exit, ...this.#counts, ms, failures, spent: this.#spent};
	}
}
