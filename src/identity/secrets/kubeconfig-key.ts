/** PEM of the private key that is embedded in a kubeconfig's text; undefined when there is none. Kubeconfigs are YAML or JSON. */
export function embeddedKey(text: string): string | undefined {
	const [, data] = /["']?client-key-data["']?\s*:\s*["']?([A-Za-z0-9+/=]+)/.exec(text) ?? [];
	return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
}
