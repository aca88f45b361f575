import type {Scope} from '../model.ts';

/** Whether the cluster's CA certificate is there and its key is not: then the operator signs elsewhere (contract 4.7). */
export function isExternalCa({cluster, sites, identity}: Scope): boolean {
	const ca = identity.items.ca;
	const holder = sites.find(({name}) => name === ca?.on);
	if (ca?.state !== 'keep' || holder === undefined) return false;
	return holder.facts.files[`${cluster.configuration.certificatesDir}/ca.key`] === undefined;
}
