/** What the survey saw on a machine and what follows for the whole cluster, because the setting lives in a cluster-wide ConfigMap. */
import type {Site} from '../model.ts';
import {hasDefaultRoute} from './node-address.ts';

type Fields = Readonly<Record<string, unknown>>;

type Adaptation = {
	readonly when: (site: Site) => boolean;
	/** Laid over kubeadm's defaults; what the operator set himself wins. */
	readonly kubelet?: Fields;
	readonly kubeProxy?: Fields;
	readonly say: string;
};

export const adaptations: readonly Adaptation[] = [
	{
		when: ({facts}) => facts.cgroup === 'v1',
		kubelet: {failCgroupV1: false},
		say: 'cgroup v1: all kubelets get failCgroupV1: false, because without it they refuse to start there',
	},
	{
		when: ({facts}) => facts.container !== undefined,
		kubeProxy: {conntrack: {maxPerCore: 0, min: 0}},
		say: 'the node is a container: kube-proxy leaves the kernel conntrack limits alone on all nodes, because it cannot set them there',
	},
	{
		when: (site) => !hasDefaultRoute(site),
		say: 'no default route: the kubelet is told its address (--node-ip), flannel its interface, and Services get a route of their own',
	},
	{
		when: ({facts}) => !facts.capSysResource,
		say: 'no CAP_SYS_RESOURCE: containerd is told to keep its oom_score_adj (restrict_oom_score_adj) on this node',
	},
];

/** The rows that hold for these sites, with the nodes that made them hold: for the report. */
export function adaptationsFor(sites: readonly Site[]): (Adaptation & {readonly nodes: readonly string[]})[] {
	return adaptations
		.map((row) => ({...row, nodes: sites.filter(row.when).map(({name}) => name)}))
		.filter(({nodes}) => nodes.length > 0);
}
