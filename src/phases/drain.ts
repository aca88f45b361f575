import {drain as drainScript, isDrained} from '../contract/drain-script.ts';
import type {Phase, Step} from '../model.ts';
import {hasPodsToEnd} from './cordon.ts';

export type DrainOptions = {
	/** How long pods are waited for, of one node. */
	readonly seconds: number;
	/** Pods go too that nothing makes again. */
	readonly force: boolean;
	/** Names of nodes that are not drained. */
	readonly undrained: readonly string[];
};

/**
 * Pods leave through the eviction API, as by `kubectl drain --ignore-daemonsets --delete-emptydir-data`: what lies in an emptyDir would go with
 * the machine anyway.
 */
export const drain = ({seconds, force, undrained}: DrainOptions): Phase => ({
	name: 'drain',
	title: 'Let the pods move to other nodes',
	on: 'leaving',
	at: 'first',
	after: {phase: 'cordon'},
	steps(scope): Step[] {
		const {site, living} = scope;
		if (living === undefined || !hasPodsToEnd(scope, undrained)) return [];
		return [
			{
				kind: 'run',
				title: `drain ${site.name}`,
				command: {sh: drainScript, args: [living.server, site.name, String(seconds), String(force)]},
				unless: {sh: isDrained, args: [living.server, site.name]},
				remedy: remedy(site.name),
			},
		];
	},
});

const remedy = (node: string) =>
	`make room for them (a disruption budget wants more replicas elsewhere, or a smaller minAvailable; a pod that nothing makes again goes with \
--force), then run the same command again: it goes on. ${node} takes no new pods until then; to keep it: kubectl uncordon ${node}`;
