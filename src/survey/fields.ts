/** Reading what others answered: every field is looked at, no shape is trusted. Each function throws a sentence that names the field. */

/** A JSON number that is no safe integer keeps its digits as text: ids of etcd have 64 bits. */
export function readJson(text: string, what: string): unknown {
	try {
		return JSON.parse(text, exact);
	} catch {
		throw new Error(`${what} is no JSON`);
	}
}

/** The third argument is newer than the types of the language that we build with. */
function exact(this: unknown, _key: string, value: unknown, ...[context]: [{source?: string}?]): unknown {
	return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
		? (context?.source ?? value)
		: value;
}

/** The fields of an object, in a map: no name of a field can do harm there. `null` and absence are an empty one. */
export function fields(value: unknown, what: string): ReadonlyMap<string, unknown> {
	if (value === undefined || value === null) return new Map();
	if (typeof value !== 'object' || Array.isArray(value)) throw new Error(`${what} is no object`);
	return new Map(Object.entries(value));
}

/** The entries of a list; `null` and absence are an empty one. */
export function list(value: unknown, what: string): readonly unknown[] {
	if (value === undefined || value === null) return [];
	if (!Array.isArray(value)) throw new Error(`${what} is no list`);
	return value;
}

/** A line of text without control characters; absence is the empty one. */
export function line(value: unknown, what: string, limit = 300): string {
	if (value === undefined || value === null) return '';
	if (typeof value !== 'string' || value.length > limit || /\p{Cc}|\p{Bidi_Control}/u.test(value))
		throw new Error(`${what} is no line of text`);
	return value;
}

export const lines = (value: unknown, what: string): string[] => list(value, what).map((one) => line(one, what));

/** A whole number from 0 on that JavaScript can hold; undefined when it is not there or larger. */
export function count(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** A number of 64 bits, as etcdctl prints it in JSON (a number, or its digits as text), in hexadecimal. */
export function hexadecimal(value: unknown, what: string): string {
	if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value.toString(16);
	if (typeof value === 'string' && /^\d{1,20}$/.test(value) && BigInt(value) < 2n ** 64n) return BigInt(value).toString(16);
	throw new Error(`${what} is no number`);
}
