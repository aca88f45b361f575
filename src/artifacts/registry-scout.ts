/** A registry that is silent is waited for once, not once for every image. */
import {RegistryError} from './registry/failure.ts';
import type {Registry} from './registry/registry.ts';
import {imageName} from './registry/source.ts';
import {WireError} from './wire.ts';

/** The same registry; the first question to each host goes ahead, and where it reaches nobody the others are not asked. */
export function scouted(registry: Registry): Registry {
	const scouts = new Map<string, Promise<RegistryError | undefined>>();
	return {
		...registry,
		describe: async (ref, platform) => {
			const {registry: host} = imageName(ref);
			const scout = scouts.get(host);
			if (scout === undefined) {
				const first = registry.describe(ref, platform);
				scouts.set(
					host,
					first.then(() => undefined, unreached),
				);
				return first;
			}
			const error = await scout;
			if (error !== undefined) throw new RegistryError('silent', {where: host, ref}, error.why, {cause: error});
			return registry.describe(ref, platform);
		},
	};
}

/** The connection failed, or nothing came in time. A host that is busy or broken (429, 500) answers: it may have the next image. */
function unreached(error: unknown): RegistryError | undefined {
	if (!(error instanceof RegistryError) || error.fault !== 'silent') return undefined;
	// What the wire refuses by itself, a redirect to nowhere, has no cause.
	return error.cause instanceof WireError && error.cause.cause !== undefined ? error : undefined;
}
