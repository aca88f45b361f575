/** How steps name secrets (see IdentityItem in model.ts): the item's id with the wanted part before its `@`. */
const parts = ['crt', 'key', 'pub', 'pem', 'hash', 'anchor', 'id', 'secret', 'expiration'] as const;
export type Part = (typeof parts)[number];

const headers = 'registry-header@';

/** The registry host whose credentials a secret is: `registry-header@r.example:5000`. Nothing has to be made for it: the operator has it at hand. */
export const headerHost = (name: string): string | undefined =>
	name.startsWith(headers) ? name.slice(headers.length) : undefined;

/** `apiserver.key@cp1` → `{id: 'apiserver@cp1', part: 'key'}`; a name without a part (`bootstrap-token`) is the whole. */
export function splitSecret(name: string): {readonly id: string; readonly part?: Part} {
	const [, head = name, at = ''] = /^([^@]*)(@.*)?$/.exec(name) ?? [];
	const dot = head.lastIndexOf('.');
	const part = parts.find((known) => known === head.slice(dot + 1));
	return part === undefined || dot < 0 ? {id: name} : {id: head.slice(0, dot) + at, part};
}
