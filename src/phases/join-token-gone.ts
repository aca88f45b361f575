import type {Command, Phase, Scope, Step} from '../model.ts';

const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$1" --request-timeout=10s --namespace=kube-system';
const kept = 'secrets,clusterrolebindings --selector=kubestrap.dev/purpose=join';

/** `sh -c SCRIPT sh SERVER` */
const gone = `${kubectl} delete ${kept} --ignore-not-found`;
/** A cluster that does not answer has told nothing. */
const isGone = `left=$(${kubectl} get ${kept} --output=name) && [ -z "$left" ]`;

/**
 * The token of a run goes with the run, however it ended. One that an operator left who was killed goes with the next run, also when nobody
 * joins any more.
 */
export const joinTokenGone: Phase = {
	name: 'join-token-gone',
	title: 'Take the token away',
	on: 'first',
	always: true,
	steps: ({living}: Scope): Step[] => {
		if (living === undefined) return [];
		const at = (sh: string): Command => ({sh, args: [living.server]});
		return [{kind: 'run', title: 'delete tokens to join with', command: at(gone), unless: at(isGone)}];
	},
};
