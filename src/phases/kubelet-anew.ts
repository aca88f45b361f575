import type {Phase, Scope, Step} from '../model.ts';

const kubeconfig = '/etc/kubernetes/kubelet.conf';

/** `sh -c SCRIPT sh NODE` */
const registered = `kubectl --kubeconfig=${kubeconfig} --request-timeout=10s get node "$1" >/dev/null`;
const begin = `systemctl restart kubelet.service || exit
until=$(($(date +%s) + 60))
while [ "$(date +%s)" -lt "$until" ]; do
	if ${registered} 2>/dev/null; then exit 0; fi
	sleep 0.2
done
${registered}`;

/**
 * A kubelet makes its Node when it starts, and never again: one whose Node somebody has deleted has to begin anew. The kubelet of a control plane
 * asks the API server of its own machine, so this comes when that one answers: a machine that was stopped on its way in has none before.
 */
export const kubeletAnew: Phase = {
	name: 'kubelet-anew',
	title: 'Make Nodes that somebody has deleted',
	on: 'every',
	steps: ({site, living}: Scope): Step[] => {
		const isForgotten = living !== undefined && !living.nodes.some(({name}) => name === site.name);
		if (site.facts.files[kubeconfig] === undefined || !isForgotten) return [];
		return [
			{
				kind: 'run',
				title: 'the kubelet begins anew, because its Node is gone',
				command: {sh: begin, args: [site.name]},
				unless: {sh: registered, args: [site.name]},
				remedy: 'look at the kubelet on the node: journalctl -u kubelet',
			},
		];
	},
};
