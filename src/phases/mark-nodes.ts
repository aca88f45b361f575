import {localEndpoint} from '../cluster/endpoints.ts';
import {selected} from '../cluster/selectors.ts';
import type {Phase, Scope, Site, Step, Taint} from '../model.ts';

const controlPlaneLabels = {
	'node-role.kubernetes.io/control-plane': '',
	'node.kubernetes.io/exclude-from-external-load-balancers': '',
};
const controlPlaneTaint: Taint = {key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule'};

const allRegistered = `server=$1
shift
kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$server" --request-timeout=5s get nodes "$@" --output=name`;

function registered({cluster}: Scope, server: string, names: readonly string[]): Step {
	return {
		kind: 'wait',
		title: names.length === 1 ? `${names[0]} has registered` : 'every node has registered',
		until: {sh: allRegistered, args: [server, ...names]},
		seconds: cluster.timeouts.controlPlaneSeconds,
		diagnose: 'node-registration',
		of: names,
	};
}

/** Labels and taints of every node, once all of them have registered (contract 9.5; kubeadm does so for control planes only). */
export const markNodes: Phase = {
	name: 'mark-nodes',
	title: 'Label and taint the nodes',
	on: 'first',
	after: 'all-nodes',
	steps: (scope): Step[] => {
		const there = selected(scope.sites, 'settled');
		const {url} = localEndpoint(scope.cluster, scope.site);
		return [
			registered(
				scope,
				url,
				there.map(({name}) => name),
			),
			...there.flatMap((node) => marks(node)),
		];
	},
};

/** The same for a node that joins, as soon as it has registered. */
export const markNode: Phase = {
	name: 'mark-node',
	title: 'Label and taint the node',
	on: 'joining',
	at: 'first',
	steps: (scope): Step[] =>
		scope.living === undefined ? [] : [registered(scope, scope.living.server, [scope.site.name]), ...marks(scope.site)],
};

function marks(site: Site): Step[] {
	const labels = {...(site.role === 'control-plane' ? controlPlaneLabels : {}), ...site.spec.labels};
	const taints = taintsOf(site);
	const wanted = {
		...(Object.keys(labels).length > 0 ? {labels} : {}),
		...(taints.length > 0 ? {taints} : {}),
	};
	if (Object.keys(wanted).length === 0) return [];
	return [{kind: 'object', id: `v1/Node//${site.name}`, own: 'patch', manifest: JSON.stringify(wanted)}];
}

/** An empty list of taints means none: kubeadm's own for a control plane is then not put. */
function taintsOf({role, spec}: Site): readonly Taint[] {
	if (role === 'worker') return spec.taints ?? [];
	return spec.taints ?? [controlPlaneTaint];
}
