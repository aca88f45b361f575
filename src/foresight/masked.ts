/**
 * What somebody wrote into a file of a machine may be a secret that we know nothing of. Where a text of a machine is shown, what looks like one is not.
 * The forms: keys in PEM and in kubeconfigs, bootstrap tokens, headers of authorization, and whoever stands before the host of a URL.
 */
const masks: readonly (readonly [form: RegExp, shown: string])[] = [
	[/^([ +-]?[ \t]*)[A-Za-z0-9+/]{48,}={0,2}[ \t]*$/gm, '$1***'],
	[/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, '***'],
	[
		/^([ +-]?[ \t\-"']*(?:client-key-data|tokens?|secret|password|passwd|identitytoken|auth)["']?[ \t]*[:=][ \t]*)\S.*$/gim,
		'$1***',
	],
	[/((?:authorization|x-registry-auth|cookie)["']?[ \t]*[:=][ \t]*)\S.*$/gim, '$1***'],
	[/(\w:\/\/)[^\s/@'"]+@/g, '$1***@'],
];

/** The text without what looks like a secret; line by line, so that a diff stays one. */
export function masked(text: string): string {
	return masks.reduce((clean, [form, shown]) => clean.replaceAll(form, shown), text);
}
