/** A form that secrets have in texts, and what is put in its place. */
export type Form = {
	/** What it is, as the README of a report names it. */
	readonly what: string;
	readonly find: RegExp;
	readonly put: string | ((...found: string[]) => string);
};

export const gone = '[censored]';
