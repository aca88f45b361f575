/** The warning for a secret on a command line, which every user of the machine can read (interfaces.md §2). */
export const publicSecret = (what: string, better: string): string =>
	`warning: ${what} stands on the command line, which every user of this machine can read; ${better}\n`;
