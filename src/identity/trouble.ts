import {IdentityError} from '../errors.ts';

/** One thing that cannot stay as it is, and that we will not change without being told. */
export type Trouble = {readonly what: string; readonly evidence: string; readonly remedy: string};

/** All troubles as one error: one line each, and every remedy once. */
export function identityError(troubles: readonly Trouble[]): IdentityError {
	const lines = troubles.map(({what, evidence}) => `${what}: ${evidence}`);
	return new IdentityError(lines.join('\n'), {hint: [...new Set(troubles.map(({remedy}) => remedy))].join('\n'), troubles});
}
