/** What the nodes' journals say of runs: who worked when, and whether two of them were mixed. */

export type Line = {
	readonly event: string;
	readonly fence: number;
	/** Of a line about a run. */
	readonly run?: string;
	/** Of a line about a step. */
	readonly unit?: string;
	readonly step?: number;
	readonly at: number;
};

/** Throws for a line that is no JSON: none may be torn or glued. */
export function readJournal(text: string): Line[] {
	return text
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as Line);
}

/** The runs that had the machine, in their order. */
export const orderOf = (lines: readonly Line[]): string[] => lines.flatMap(({event, run}) => (event === 'run' ? [run!] : []));

/**
 * What must not be, as sentences: a fence that goes back or is another run's, a step before its run began or after it was over or after another began,
 * a step that ends without having begun.
 */
export function disorder(lines: readonly Line[]): string[] {
	const found: string[] = [];
	let now = {fence: 0, run: '', over: true};
	const open = new Set<string>();
	for (const [at, line] of lines.entries()) {
		const say = (what: string) => found.push(`line ${at + 1}: ${what}: ${JSON.stringify(line)}`);
		if (line.event === 'run') {
			if (line.fence <= now.fence) say(`fence ${line.fence} after ${now.fence}`);
			now = {fence: line.fence, run: line.run!, over: false};
			open.clear();
		} else if (line.event === 'unlock') {
			if (line.fence <= now.fence) say(`fence ${line.fence} after ${now.fence}`);
			now = {...now, fence: line.fence, over: true};
		} else if (line.event === 'over') {
			if (line.run !== now.run) say(`the run ${now.run} has the machine`);
			now.over = true;
		} else {
			const key = `${line.unit} ${line.step}`;
			if (line.fence !== now.fence || now.over) say(`fence ${now.fence} has the machine`);
			if (line.event === 'begin') open.add(key);
			else if (!open.delete(key)) say('it never began');
		}
	}
	return found;
}
