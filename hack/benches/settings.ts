/** Fills `${NAME}` in a text. Pure. Throws when the text names something that there is not. */
export function filledIn(text: string, settings: Readonly<Record<string, string>>): string {
	return text.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
		const value = settings[name];
		if (value === undefined) throw new RangeError(`nothing to put in the place of ${name}`);
		return value;
	});
}
