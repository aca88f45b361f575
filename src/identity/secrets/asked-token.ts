import type {Cluster, Plan, Secrets} from '../../model.ts';
import {secretsOf} from '../../steps/content.ts';

/** A token that the operator gives is read before anything is changed, because it may not be there. Throws IdentityError. */
export async function askedToken(cluster: Cluster, plan: Plan, secrets: Secrets): Promise<void> {
	const steps = plan.nodes.flatMap(({chapters}) => chapters.flatMap(({phases}) => phases.flatMap((phase) => phase.steps)));
	const needed = steps.some((step) => secretsOf(step).includes('bootstrap-token.id'));
	if (needed && cluster.bootstrapTokens[0]?.from !== undefined) await secrets.get('bootstrap-token.id');
}
