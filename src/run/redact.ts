/** What nodes say is shown to people: no secret, and nothing that moves a cursor. */

// Shorter values would blot out ordinary words.
const shortest = 6;

// C0 and C1 controls, line separators, and the marks that turn the direction of text.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text with every known secret (as it is, in base64, and line by line for PEM) replaced, and without control characters. */
export function cleaned(text: string, secrets: readonly string[]): string {
	let clean = text;
	for (const value of secrets) {
		for (const form of [value, Buffer.from(value).toString('base64'), ...longLines(value)]) {
			if (form.length >= shortest) clean = clean.replaceAll(form, '***');
		}
	}
	// A coloured log line keeps its words, not its colours.
	return clean.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(controls, '');
}

const longLines = (value: string) =>
	value
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line.length >= 32 && !line.startsWith('-----'));
