/**
 * A text as one word of POSIX sh, whatever is in it: single quotes protect everything but themselves.
 * The only quoting of the house. Throws for NUL, which no argument can hold.
 */
export function quote(text: string): string {
	if (text.includes('\0')) throw new Error('a word for the shell cannot hold a NUL byte');
	return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command line of POSIX sh from an argv. */
export function line(words: readonly string[]): string {
	return words.map(quote).join(' ');
}
