import type {Command, Phase, Step} from '../model.ts';

const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$1" --request-timeout=10s';
const isGone = `node=$(${kubectl} get node "$2" --ignore-not-found --output=name) && [ -z "$node" ]`;

/** With its Node object go its Lease and its CSINode; the pods that are still bound to it are collected by the controller manager. */
export const nodeObjectRemove: Phase = {
	name: 'node-object-remove',
	title: 'Delete the Node object',
	on: 'leaving',
	at: 'first',
	steps({site, living}): Step[] {
		if (!living?.nodes.some(({name}) => name === site.name)) return [];
		const at = (sh: string): Command => ({sh, args: [living.server, site.name]});
		return [
			{
				kind: 'run',
				title: `delete the Node ${site.name}`,
				command: at(`${kubectl} delete node "$2" --ignore-not-found --timeout=60s`),
				unless: at(isGone),
			},
		];
	},
};
