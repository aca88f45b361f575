/** `WWW-Authenticate` taken apart (RFC 9110 §11.6.1). Pure. */

export type Challenge = {readonly scheme: string; readonly params: Readonly<Record<string, string>>};

const token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const param = new RegExp(`^\\s*,?\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`);
const scheme = new RegExp(`^[\\s,]*(${token})(?=\\s|,|$)`);

/** Every challenge of a header, in order; what cannot be read ends the list. Scheme and parameter names in small letters. */
export function challenges(header: string | readonly string[] | undefined): Challenge[] {
	return [header ?? []].flat().flatMap((text) => readOne(text.slice(0, 8192)));
}

function readOne(header: string): Challenge[] {
	const found: Challenge[] = [];
	let rest = header;
	for (let name = scheme.exec(rest); name !== null; name = scheme.exec(rest)) {
		rest = rest.slice(name[0].length);
		const params: Record<string, string> = {};
		for (let pair = param.exec(rest); pair !== null; pair = param.exec(rest)) {
			const [all, key = '', quoted, bare] = pair;
			params[key.toLowerCase()] = bare ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1');
			rest = rest.slice(all.length);
		}
		found.push({scheme: name[1]!.toLowerCase(), params});
	}
	return found;
}
