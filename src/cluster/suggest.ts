/** Changes of one letter (also two swapped neighbours) that turn one word into another. */
function distance(a: string, b: string): number {
	let [before, last] = [[] as number[], Array.from({length: b.length + 1}, (_, index) => index)];
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1] ? 0 : 1;
			row[j] = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + same);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
		}
		[before, last] = [last, row];
	}
	return last[b.length]!;
}

/** "did you mean …?" for a word that is not among those that are known; undefined when none is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
	if (word.length > 64) return undefined;
	const near = known
		.map((candidate) => ({candidate, far: distance(word.toLowerCase(), candidate.toLowerCase())}))
		.filter(({candidate, far}) => far <= Math.max(1, Math.floor(Math.min(word.length, candidate.length) / 3)))
		.sort((a, b) => a.far - b.far);
	return near[0] && `did you mean ${near[0].candidate}?`;
}
