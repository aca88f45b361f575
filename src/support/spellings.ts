/** As shells, JSON (Go's and others', once and twice), YAML, URLs, base64 and dumps write a value that is known to be secret. */
export function spellings(value: string): string[] {
	const json = JSON.stringify(value).slice(1, -1);
	const goJson = json.replaceAll(/[&<>]/g, unicode);
	const url = encodeURIComponent(value);
	const strict = url.replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
	return [
		value,
		json,
		goJson,
		json.replaceAll(/[^\x20-\x7e]/g, unicode),
		JSON.stringify(json).slice(1, -1),
		JSON.stringify(goJson).slice(1, -1),
		value.replaceAll("'", "'\\''"),
		value.replaceAll("'", "''"),
		url,
		strict,
		strict.replaceAll('%20', '+'),
		strict.replaceAll(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()),
		Buffer.from(value).toString('base64'),
		Buffer.from(value).toString('hex'),
	];
}

const unicode = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
