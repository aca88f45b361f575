import {ConnectError} from '../errors.ts';
import type {Finding, News, Plan} from '../model.ts';

/**
 * Some checks can be judged only after the phase that makes their subject true. This hears a run go by, and looks at the machines again, once,
 * as soon as those phases are done wherever the plan has them; the run goes on meanwhile.
 */
export class SecondLook {
	readonly #open: Set<string>;
	readonly #look: () => Promise<readonly Finding[]>;
	#found: Promise<readonly Finding[]> = Promise.resolve([]);

	constructor(plan: Plan, phases: readonly string[], look: () => Promise<readonly Finding[]>) {
		const pairs = plan.nodes.flatMap(({node, chapters}) =>
			chapters.flatMap((chapter) => chapter.phases.map(({name}) => ({node, name}))),
		);
		this.#open = new Set(pairs.filter(({name}) => phases.includes(name)).map(({node, name}) => `${node} ${name}`));
		this.#look = look;
	}

	hear({type, node, phase, state}: News): void {
		const isDone = type === 'phase' && (state === 'changed' || state === 'unchanged');
		if (!isDone || !this.#open.delete(`${node} ${phase}`) || this.#open.size > 0) return;
		this.#found = this.#look();
		// Whoever asks hears of a failure; when the run fails first, nobody asks.
		this.#found.catch(() => {});
	}

	/** What was found; nothing when it did not come to a look. The run outlives a cut line, so a look that was cut is taken once more. */
	found(): Promise<readonly Finding[]> {
		return this.#found.catch((error: unknown) => {
			if (error instanceof ConnectError) return this.#look();
			throw error;
		});
	}
}
