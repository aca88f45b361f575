/** The last net under secrets: even if a node repeats one, it does not reach a screen, a pipe or the log. */

/** Gives the secret values known so far; asked again for every event because secrets are made on the way. */
export type Hidden = () => readonly string[];

// Shorter pieces would blot out ordinary words.
const shortest = 8;

/** A function that replaces every known secret in a text: as it is, as JSON has it, as base64, and line by line for PEM. */
export function redactor(hidden: Hidden): (text: string) => string {
	const forms = new Map<string, readonly string[]>();
	return (text) => {
		let clean = text;
		for (const value of hidden()) {
			const known = forms.get(value) ?? formsOf(value);
			forms.set(value, known);
			for (const form of known) if (clean.includes(form)) clean = clean.replaceAll(form, '***');
		}
		return clean;
	};
}

function formsOf(value: string): readonly string[] {
	const inLines = value
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line.length >= 32 && !line.startsWith('-----'));
	const forms = [value, JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('base64'), ...inLines];
	return forms.filter((form) => form.length >= shortest).sort((a, b) => b.length - a.length);
}
