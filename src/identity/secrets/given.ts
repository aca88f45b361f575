import type {Cluster, Plan, Secrets} from '../../model.ts';
import {secretsOf} from '../../steps/content.ts';
import {headerHost} from '../secret-names.ts';

/** What the operator gives, a token or the credentials of mirrors, is read before anything is changed, because it may not be there. Throws IdentityError. */
export async function readGiven(cluster: Cluster, plan: Plan, secrets: Secrets): Promise<void> {
	const steps = plan.nodes.flatMap(({chapters}) => chapters.flatMap(({phases}) => phases.flatMap((phase) => phase.steps)));
	const needed = new Set(steps.flatMap(secretsOf));
	const hasToken = needed.has('bootstrap-token.id') && cluster.bootstrapTokens[0]?.from !== undefined;
	const given = [...(hasToken ? ['bootstrap-token.id'] : []), ...[...needed].filter((id) => headerHost(id) !== undefined)];
	await Promise.all(given.map((id) => secrets.get(id)));
}
