/** A registry that is silent is waited for once, not once for every image. */
import {RegistryError} from './registry/failure.ts';
import type {Registry} from './registry/registry.ts';
import {imageName} from './registry/source.ts';

/** The same registry; the first question to each host goes ahead, and where it gets no answer the others are not asked. */
export function scouted(registry: Registry): Registry {
	const scouts = new Map<string, Promise<RegistryError | undefined>>();
	return {
		...registry,
		describe: async (ref, platform) => {
			const {registry: host} = imageName(ref);
			const scout = scouts.get(host);
			if (scout === undefined) {
				const first = registry.describe(ref, platform);
				const silent = (error: unknown) => (error instanceof RegistryError && error.fault === 'silent' ? error : undefined);
				scouts.set(
					host,
					first.then(() => undefined, silent),
				);
				return first;
			}
			const error = await scout;
			if (error !== undefined) throw new RegistryError('silent', {where: host, ref}, error.why, {cause: error});
			return registry.describe(ref, platform);
		},
	};
}
