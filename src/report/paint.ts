/** Colours, or none: `paint(false)` leaves every text as it is. */
export type Paint = {
	readonly good: (text: string) => string;
	readonly bad: (text: string) => string;
	readonly warn: (text: string) => string;
	readonly dim: (text: string) => string;
	readonly bold: (text: string) => string;
};

export function paint(colors: boolean): Paint {
	const style = (open: number, close: number) => (text: string) => (colors ? `\u001b[${open}m${text}\u001b[${close}m` : text);
	return {good: style(32, 39), bad: style(31, 39), warn: style(33, 39), dim: style(2, 22), bold: style(1, 22)};
}
