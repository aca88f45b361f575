import {localEndpoint} from '../cluster/endpoints.ts';
import type {Phase, Step} from '../model.ts';

/** Prints the Ready condition of each node, `True` for those that take pods; good when there are as many as asked about. */
const allReady = `server=$1
shift
ready=$(kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$server" --request-timeout=5s get nodes "$@" \\
	--output='go-template={{range .items}}{{template "one" .}}{{else}}{{template "one" .}}{{end}}{{define "one"}}{{range .status.conditions}}{{if eq .type "Ready"}}{{.status}} {{end}}{{end}}{{end}}') || exit
set -- "$@" --
for state in $ready; do
	[ "$state" = True ] && shift
done
[ "$1" = -- ]`;

/** A cluster is done when its nodes take pods. Without a network plug-in of ours they cannot, so then nobody waits (kubeadm never does). */
export const nodesReady: Phase = {
	name: 'nodes-ready',
	title: 'Wait until every node is Ready',
	on: 'first',
	steps: ({cluster, site, sites}): Step[] =>
		cluster.network.cni === 'none'
			? []
			: [
					{
						kind: 'wait',
						title: 'every node is Ready',
						until: {sh: allReady, args: [localEndpoint(cluster, site).url, ...sites.map(({name}) => name)]},
						seconds: cluster.timeouts.controlPlaneSeconds,
						diagnose: 'flannel',
					},
				],
};
