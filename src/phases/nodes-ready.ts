import {localEndpoint} from '../cluster/endpoints.ts';
import {selected} from '../cluster/selectors.ts';
import type {Phase, Scope, Step} from '../model.ts';

/** Prints why nodes are not Ready, as src/checks/causes reads it; good when as many take pods as were asked about. */
const allReady = `server=$1
shift
states=$(kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$server" --request-timeout=5s get nodes "$@" \\
	--output='go-template={{range .items}}{{template "one" .}}{{else}}{{template "one" .}}{{end}}{{define "one"}}{{$name := .metadata.name}}{{range .status.conditions}}{{if eq .type "Ready"}}{{.status}} {{$name}} is not Ready: {{.message}}{{"\\n"}}{{end}}{{end}}{{end}}') || exit
printf '%s\\n' "$states" | sed -n '/^True /!s/^[^ ]* /node /p'
[ "$(printf '%s\\n' "$states" | grep -c '^True ')" -eq "$#" ]`;

function ready({cluster}: Scope, server: string, names: readonly string[]): Step[] {
	const title = names.length === 1 ? `${names[0]} is Ready` : 'every node is Ready';
	const until = {sh: allReady, args: [server, ...names]};
	return [{kind: 'wait', title, until, seconds: cluster.timeouts.controlPlaneSeconds, diagnose: 'nodes', of: names}];
}

/** A cluster is done when its nodes take pods. Without a network plug-in of ours they cannot, so then nobody waits (kubeadm never does). */
export const nodesReady: Phase = {
	name: 'nodes-ready',
	title: 'Wait until every node is Ready',
	on: 'first',
	steps: (scope) =>
		scope.cluster.network.cni === 'none'
			? []
			: ready(
					scope,
					localEndpoint(scope.cluster, scope.site).url,
					selected(scope.sites, 'settled').map(({name}) => name),
				),
};

/** The same for a node that joins. Where the nodes of the cluster are Ready, its network is there, whoever brought it: a new one becomes so too. */
export const nodeReady: Phase = {
	name: 'node-ready',
	title: 'Wait until the node is Ready',
	on: 'joining',
	at: 'first',
	steps: (scope) => {
		const {living, cluster, site} = scope;
		if (living === undefined) return [];
		const isComing =
			cluster.network.cni !== 'none' || living.nodes.some(({name, ready: isReady}) => isReady && name !== site.name);
		return isComing ? ready(scope, living.server, [site.name]) : [];
	},
};
