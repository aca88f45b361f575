/**
 * A unified diff of two texts. No package of libraries that we use has one, and it is one page: Myers' greedy algorithm on lines, after what both
 * have at their ends was set aside; texts that have too little in common are shown as one gone and one come, so the work is bounded.
 */

/** Lines around a change that are shown. */
const around = 3;
/** Edits, after which two texts have nothing to do with each other. */
const most = 1000;

type Edit = {readonly sign: ' ' | '-' | '+'; readonly text: string};

/** Hunks `@@ -1,3 +1,4 @@` with their lines, each ended; empty when both are the same. An undefined text is that of a file that is not there. */
export function unified(before: string | undefined, after: string | undefined): string {
	if (before === after) return '';
	const edits = edited(linesOf(before ?? ''), linesOf(after ?? ''));
	return hunks(edits).map(show).join('');
}

const noEnd = '\n\\ No newline at end of file';

/** A last line without an end is another line than the same with one. */
function linesOf(text: string): string[] {
	if (text === '') return [];
	const lines = text.split('\n');
	const last = lines.pop()!;
	return last === '' ? lines : [...lines, `${last}${noEnd}`];
}

function edited(before: readonly string[], after: readonly string[]): Edit[] {
	let head = 0;
	while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
	let tail = 0;
	const room = Math.min(before.length, after.length) - head;
	while (tail < room && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
	const same = (text: string): Edit => ({sign: ' ', text});
	return [
		...before.slice(0, head).map(same),
		...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
		...before.slice(before.length - tail).map(same),
	];
}

/** Myers: for each number of edits the furthest point on each diagonal, and then the way back. */
function middle(before: readonly string[], after: readonly string[]): Edit[] {
	const trace: Map<number, number>[] = [];
	let reach = new Map([[1, 0]]);
	for (let edits = 0; edits <= Math.min(most, before.length + after.length); edits++) {
		trace.push(reach);
		const next = new Map(reach);
		for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
			let x = fromAbove(reach, diagonal, edits) ? reach.get(diagonal + 1)! : reach.get(diagonal - 1)! + 1;
			while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
			next.set(diagonal, x);
			if (x >= before.length && x - diagonal >= after.length) return back(trace, before, after);
		}
		reach = next;
	}
	return [...before.map((text): Edit => ({sign: '-', text})), ...after.map((text): Edit => ({sign: '+', text}))];
}

const fromAbove = (reach: ReadonlyMap<number, number>, diagonal: number, edits: number) =>
	diagonal === -edits || (diagonal !== edits && reach.get(diagonal - 1)! < reach.get(diagonal + 1)!);

function back(trace: readonly ReadonlyMap<number, number>[], before: readonly string[], after: readonly string[]): Edit[] {
	const edits: Edit[] = [];
	let [x, y] = [before.length, after.length];
	for (let count = trace.length - 1; count >= 0; count--) {
		const reach = trace[count]!;
		const down = fromAbove(reach, x - y, count);
		const from = down ? x - y + 1 : x - y - 1;
		const oldX = reach.get(from)!;
		const oldY = oldX - from;
		while (x > oldX && y > oldY && x > 0 && y > 0 && before[x - 1] === after[y - 1]) {
			edits.push({sign: ' ', text: before[x - 1]!});
			x -= 1;
			y -= 1;
		}
		if (count === 0) break;
		edits.push(down ? {sign: '+', text: after[oldY]!} : {sign: '-', text: before[oldX]!});
		[x, y] = [oldX, oldY];
	}
	return edits.reverse();
}

type Hunk = {readonly old: number; readonly fresh: number; readonly edits: readonly Edit[]};

function hunks(edits: readonly Edit[]): Hunk[] {
	const changed = edits.flatMap(({sign}, index) => (sign === ' ' ? [] : [index]));
	const ranges: [number, number][] = [];
	for (const index of changed) {
		const last = ranges.at(-1);
		if (last && index - around <= last[1]) last[1] = index + around + 1;
		else ranges.push([Math.max(0, index - around), index + around + 1]);
	}
	const count = (until: number, sign: '-' | '+') =>
		edits.slice(0, until).filter((edit) => edit.sign === ' ' || edit.sign === sign).length;
	return ranges.map(([from, to]) => ({old: count(from, '-'), fresh: count(from, '+'), edits: edits.slice(from, to)}));
}

function show({old, fresh, edits}: Hunk): string {
	const place = (before: number, sign: '-' | '+') => {
		const length = edits.filter((edit) => edit.sign === ' ' || edit.sign === sign).length;
		return `${length === 0 ? before : before + 1},${length}`;
	};
	const lines = edits.map(({sign, text}) => `${sign}${text}\n`);
	return `@@ -${place(old, '-')} +${place(fresh, '+')} @@\n${lines.join('')}`;
}
