/** `kubestrap version`. Imports nothing: it is answered before anything else is loaded. */

/** The version as text, or as data. */
export function versionText(version: string, output: 'text' | 'json' | 'yaml' = 'text'): string {
	if (output === 'json') return `${JSON.stringify({kubestrap: version})}\n`;
	if (output === 'yaml') return `kubestrap: ${version}\n`;
	return `kubestrap ${version}\n`;
}
