/** Where a registry's API is, and whether it is spoken to in plain HTTP: only one that the operator named may be. */
import type {Wire} from '../wire.ts';
import {WireError} from '../wire.ts';
import {drop} from './body.ts';

/** `https://host`, or `http://host` for an insecure registry that does not speak TLS (found out once). */
export function openOrigins(
	wire: Wire,
	{insecure, plain}: {insecure: readonly string[]; plain: readonly string[]},
	signal?: AbortSignal,
): (registry: string) => Promise<string> {
	const known = new Map<string, Promise<string>>();
	const probe = async (host: string): Promise<string> => {
		if (!insecure.some((name) => name === host || [`${host}:443`, `${host}:80`].includes(name))) return `https://${host}`;
		if (plain.includes(host)) return `http://${host}`;
		try {
			const {body} = await wire.ask(`https://${host}/v2/`, {signal});
			await drop(body);
			return `https://${host}`;
		} catch (error) {
			if (error instanceof WireError) return `http://${host}`;
			throw error;
		}
	};
	return (registry) => {
		const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
		const asked = known.get(host) ?? probe(host);
		known.set(host, asked);
		asked.catch(() => known.delete(host));
		return asked;
	};
}
