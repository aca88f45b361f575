import {censored} from '../support/censor.ts';

/** A line of a key in PEM, as it is in a file and in a diff. */
const pem = /^([ +-]?[ \t]*)[A-Za-z0-9+/]{48,}={0,2}[ \t]*$/gm;

/** What somebody wrote into a file of a machine may be a secret that we know nothing of: what looks like one is not shown. A diff stays one. */
export function masked(text: string): string {
	// The sign of a diff would be taken for a part of the word behind it.
	const apart = text.replaceAll(pem, '$1[censored]').replaceAll(/^([+-])/gm, '$1 ');
	return censored(apart).replaceAll(/^([+-]) /gm, '$1');
}
