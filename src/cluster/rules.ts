import type {Problem} from '../errors.ts';
import type {Given} from './given.ts';
import {endpointRules} from './rules-for-endpoints.ts';
import {kubeadmRules} from './rules-for-kubeadm.ts';
import {networkRules} from './rules-for-networks.ts';
import {nodeRules} from './rules-for-nodes.ts';

/** What must hold between the settings of a cluster: every rule's problems. */
export function obey(given: Given): Problem[] {
	const problems: Problem[] = [];
	for (const rule of [...nodeRules, ...endpointRules, ...networkRules, ...kubeadmRules])
		rule(given, (where, message, hint) => problems.push({...where?.place, message, ...(hint === undefined ? {} : {hint})}));
	return problems;
}
