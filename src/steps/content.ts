import type {Content, SecretRef, SeenFile, Step} from '../model.ts';

/** The secrets that a content names, in order. */
export function secretsIn(content: Content): readonly SecretRef[] {
	return typeof content === 'string' ? [] : content.filter((part) => typeof part === 'object' && 'secret' in part);
}

/** The bytes of a content that names no secret; absent when it does. */
export function plainBytes(content: Content): Buffer | undefined {
	return secretsIn(content).length > 0 ? undefined : filled(content, new Map());
}

/** A machine's own file with another text, in the bytes in which it was read. */
export const asRead = ({latin1}: Pick<SeenFile, 'latin1'>, text: string): Content => (latin1 ? [{latin1: text}] : text);

/** The content that a step carries to its node, if it carries one. */
export function contentOf(step: Step): Content | undefined {
	if (step.kind === 'file') return typeof step.content === 'object' && 'kept' in step.content ? undefined : step.content;
	if (step.kind === 'object') return step.manifest;
	if (step.kind === 'run') return step.stdin;
	return undefined;
}

/** Ids of the secrets that a step needs. */
export function secretsOf(step: Step): readonly string[] {
	return secretsIn(contentOf(step) ?? '').map(({secret}) => secret);
}

/** The bytes of a content, each secret in its place. Throws when a secret is not in `values`. */
export function filled(content: Content, values: ReadonlyMap<string, Buffer>): Buffer {
	if (typeof content === 'string') return Buffer.from(content);
	return Buffer.concat(
		content.map((part) => {
			if (typeof part === 'string') return Buffer.from(part);
			if ('latin1' in part) return Buffer.from(part.latin1, 'latin1');
			const value = values.get(part.secret);
			if (value === undefined) throw new Error(`secret ${part.secret} was not made before it was needed`);
			return part.encode === 'base64' ? Buffer.from(value.toString('base64')) : value;
		}),
	);
}
