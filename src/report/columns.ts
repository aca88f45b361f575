/** A plain table: columns as wide as their widest cell, two spaces between, for terminals and pipes alike. */
export function columns(rows: readonly (readonly string[])[]): string {
	const widths: number[] = [];
	for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
	const padded = rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index]!)).join('  '));
	return padded.map((line) => `${line.trimEnd()}\n`).join('');
}
