/** Text that machines sent us, made harmless for a terminal. */

// Whole escape sequences first (colours, titles, cursor moves), then what is left of control and bidi characters.
const sequences =
	/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[PX^_][^\u001b]*(?:\u001b\\)?|\u001b./gu;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * Remote text without escape sequences, control and direction characters. Newlines and tabs stay.
 * Everything that did not come from our own source goes through here before it reaches a terminal.
 */
export function plain(text: string): string {
	return text.replace(/\r\n/g, '\n').replace(sequences, '').replace(controls, '');
}

/** The same on one line, cut to at most `width` characters. */
export function plainLine(text: string, width = 200): string {
	const line = plain(text).replaceAll(/\s+/g, ' ').trim();
	return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
