/** Who may send next: a few at a time, those in a hurry before the others, each in the order in which they asked. */
export class Turns {
	readonly #waiting: {readonly name: string; urgent: boolean; readonly begin: () => void}[] = [];
	readonly #places: number;
	#used = 0;

	constructor(places: number) {
		this.#places = places;
	}

	/** Waits for a turn; what it gives ends the turn. */
	take(name: string, urgent: boolean): Promise<() => void> {
		return new Promise((resolve) => {
			const end = () => {
				this.#used -= 1;
				this.#next();
			};
			this.#waiting.push({name, urgent, begin: () => resolve(end)});
			this.#next();
		});
	}

	/** Somebody in a hurry waits for it too. */
	hurry(name: string): void {
		for (const one of this.#waiting) if (one.name === name) one.urgent = true;
	}

	#next(): void {
		while (this.#used < this.#places && this.#waiting.length > 0) {
			const first = this.#waiting.find(({urgent}) => urgent) ?? this.#waiting[0]!;
			this.#waiting.splice(this.#waiting.indexOf(first), 1);
			this.#used += 1;
			first.begin();
		}
	}
}
