import type {Command, Phase, Scope, Step} from '../model.ts';

const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$1" --request-timeout=10s';

/** `sh -c SCRIPT sh SERVER NODE`: it takes no new pods, or is no Node any more. */
const isCordoned = `state=$(${kubectl} get node "$2" --ignore-not-found --output='go-template={{.metadata.name}} {{.spec.unschedulable}}') || exit
case $state in '' | *' true') ;; *) exit 1 ;; esac`;

/** Whether there is a Node whose pods can end: one of a machine that does not answer cannot end any. */
export function hasPodsToEnd({site, living}: Scope, undrained: readonly string[]): boolean {
	return !undrained.includes(site.name) && living?.nodes.some(({name}) => name === site.name) === true;
}

/** All that leave are closed before the first one is drained, so that no pod moves from one of them to another. */
export const cordon = (undrained: readonly string[]): Phase => ({
	name: 'cordon',
	title: 'Let no new pods onto the node',
	on: 'leaving',
	at: 'first',
	steps(scope): Step[] {
		const {site, living} = scope;
		if (living === undefined || !hasPodsToEnd(scope, undrained)) return [];
		const at = (sh: string): Command => ({sh, args: [living.server, site.name]});
		return [{kind: 'run', title: `cordon ${site.name}`, command: at(`${kubectl} cordon "$2"`), unless: at(isCordoned)}];
	},
});
