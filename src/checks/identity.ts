/** Certificates, keys and kubeconfigs that cannot stay as they are: what a run would stop at before it changes anything (src/identity). */
import {IdentityError} from '../errors.ts';
import {identify} from '../identity/identify.ts';
import type {Cluster, Finding, Site} from '../model.ts';

/** Empty when every leaf is of its authority and every authority is one. `now`: certificates are judged by it. */
export function identityFindings(cluster: Cluster, sites: readonly Site[], now: Date): Finding[] {
	try {
		identify(cluster, sites, {clusterId: 'preflight', now});
		return [];
	} catch (error) {
		if (!(error instanceof IdentityError)) throw error;
		const first = sites.find(({role}) => role === 'control-plane') ?? sites[0];
		// Machines of another cluster are a finding of their own (OtherCluster).
		const troubles = error.troubles.filter(({what}) => !what.includes('belongs to another cluster'));
		return troubles.map(({what, evidence, remedy}): Finding => {
			const named = sites.find(({name}) => `${what} ${evidence} `.includes(` ${name} `));
			return {node: (named ?? first)?.name ?? '', id: 'Certificates', level: 'error', evidence: `${what}: ${evidence}`, remedy};
		});
	}
}
