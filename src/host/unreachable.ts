/** Why a machine cannot be used: between the wire and the ConnectError that names the node. */
export class Unreachable extends Error {
	readonly hint: string;
	/** `busy`: the server dropped us before its banner (MaxStartups). `away`: time may mend it. `never`: somebody must do something. */
	readonly mends: 'busy' | 'away' | 'never';
	constructor(message: string, {hint, mends, cause}: {hint: string; mends: 'busy' | 'away' | 'never'; cause?: unknown}) {
		super(message, cause === undefined ? undefined : {cause});
		this.name = 'Unreachable';
		this.hint = hint;
		this.mends = mends;
	}
}

/** The last lines of what a machine printed, fit for an error text: no control or direction characters, no endless lines. */
export function evidence(text: string, lines = 3): string {
	return text
		.split(/\r?\n/)
		.map((line) => line.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim())
		.filter((line) => line !== '')
		.slice(-lines)
		.map((line) => (line.length > 200 ? `${line.slice(0, 200)}…` : line))
		.join(' / ');
}
