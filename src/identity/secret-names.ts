/** How steps name secrets (see IdentityItem in model.ts): the item's id with the wanted part before its `@`. */
const parts = ['crt', 'key', 'pub', 'pem', 'hash', 'anchor', 'id', 'secret', 'expiration'] as const;
export type Part = (typeof parts)[number];

/** `apiserver.key@cp1` → `{id: 'apiserver@cp1', part: 'key'}`; a name without a part (`bootstrap-token`) is the whole. */
export function splitSecret(name: string): {readonly id: string; readonly part?: Part} {
	const [, head = name, at = ''] = /^([^@]*)(@.*)?$/.exec(name) ?? [];
	const dot = head.lastIndexOf('.');
	const part = parts.find((known) => known === head.slice(dot + 1));
	return part === undefined || dot < 0 ? {id: name} : {id: head.slice(0, dot) + at, part};
}
