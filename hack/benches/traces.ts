/** What changed between two looks, by the line: what came is `+`, what went is `-`. Pure. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
	const [was, is] = [new Set(before), new Set(after)];
	return [
		...before.filter((line) => !is.has(line)).map((line) => `- ${line}`),
		...after.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
	];
}
