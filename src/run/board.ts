import type {Plan} from '../model.ts';

/** How a phase of a node ended. `not reached`: an earlier one of this node, or one that it waits for, failed. */
export type Ending = 'done' | 'failed' | 'not reached';

/** Where lanes see what the others have done: one promise for each phase of each node. */
export class Board {
	readonly #cells = new Map<string, PromiseWithResolvers<Ending>>();

	constructor(walks: Plan['nodes']) {
		for (const {node, chapters} of walks) {
			for (const {name} of chapters.flatMap(({phases}) => phases)) this.#cells.set(key(node, name), Promise.withResolvers());
		}
	}

	/** The first word on a phase counts. */
	settle(node: string, phase: string, ending: Ending): void {
		this.#cells.get(key(node, phase))?.resolve(ending);
	}

	/** A phase that no plan has (left out by `--skip-phases`) is done. */
	ending(node: string, phase: string): Promise<Ending> {
		return this.#cells.get(key(node, phase))?.promise ?? Promise.resolve('done');
	}
}

const key = (node: string, phase: string) => `${node}\n${phase}`;
