import {selected} from '../cluster/selectors.ts';
import type {Command, Phase, Scope, Step} from '../model.ts';

const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$1" --request-timeout=10s';
const label = 'kubestrap.dev/purpose=join';

/** `sh -c SCRIPT sh SERVER`: also what a run left that was killed. */
const gone = `${kubectl} --namespace=kube-system delete secret --selector=${label} --ignore-not-found &&
	${kubectl} delete clusterrolebinding --selector=${label} --ignore-not-found`;

/** The same words: an API that does not answer proves nothing. */
const isGone = `left=$(${kubectl} --namespace=kube-system get secret --selector=${label} --output=name &&
	${kubectl} get clusterrolebinding --selector=${label} --output=name) && [ -z "$left" ]`;

/** The token of a run goes with the run, however it ended. */
export const joinTokenGone: Phase = {
	name: 'join-token-gone',
	title: 'Take the token away',
	on: 'first',
	always: true,
	steps: ({sites, living}: Scope): Step[] => {
		if (living === undefined || selected(sites, 'joining').length === 0) return [];
		const at = (sh: string): Command => ({sh, args: [living.server]});
		return [{kind: 'run', title: 'delete the token of this run', command: at(gone), unless: at(isGone)}];
	},
};
