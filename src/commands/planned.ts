/** What of a living cluster is not as the config has it. Pure. */
import {keyOf} from '../cluster/selectors.ts';
import type {Cluster, ClusterNode, Living, NodeSpec, Site} from '../model.ts';
import {parseYaml} from '../yaml.ts';

type Planned = {readonly cluster: Cluster; readonly living: Living; readonly sites: readonly Site[]};

/** Sentences, each with the node that it is about, or with the setting. */
export function unplanned(planned: Planned): string[] {
	const {cluster, living} = planned;
	const pairs = cluster.nodes.map((spec) => ({spec, node: nodeOf(spec, planned)}));
	const known = new Set(pairs.map(({node}) => node));
	return [
		...settings(planned),
		...pairs.flatMap(({spec, node}) =>
			node === undefined ? [`${keyOf(spec)}: in the config, but not in the cluster`] : roleOf(spec, node),
		),
		...living.nodes.filter((node) => !known.has(node)).map(({name}) => `${name}: in the cluster, but not in the config`),
	];
}

/** Nodes whose kubelet has another version than the cluster is meant to have. `whose`: who says so. */
export function otherVersions(nodes: readonly ClusterNode[], wanted: string | undefined, whose: string): string[] {
	return nodes
		.filter(({kubeletVersion}) => wanted !== undefined && kubeletVersion !== wanted)
		.map(({name, kubeletVersion}) => `${name}: Kubernetes ${kubeletVersion}, ${whose} says ${wanted}`);
}

/** What ConfigMap kubeadm-config says: kubeadm's ClusterConfiguration, as it was when the cluster was made or upgraded. */
export function uploaded({configMaps}: Pick<Living, 'configMaps'>): (path: readonly string[]) => string | undefined {
	const text = configMaps['kubeadm-config']?.ClusterConfiguration ?? '';
	const document = parseYaml(text).documents[0]?.value;
	return (path) => {
		const value = path.reduce<unknown>(
			(inner, key) =>
				typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
					? (inner as Record<string, unknown>)[key]
					: undefined,
			document,
		);
		return typeof value === 'string' && value !== '' ? value : undefined;
	};
}

const rows: readonly {readonly path: readonly string[]; readonly asks: (cluster: Cluster) => string | undefined}[] = [
	{path: ['clusterName'], asks: ({configuration}) => configuration.clusterName},
	{path: ['kubernetesVersion'], asks: ({configuration}) => configuration.kubernetesVersion},
	{path: ['controlPlaneEndpoint'], asks: ({configuration}) => configuration.controlPlaneEndpoint},
	{path: ['networking', 'podSubnet'], asks: ({configuration}) => configuration.networking.podSubnet},
	{path: ['networking', 'serviceSubnet'], asks: ({configuration}) => configuration.networking.serviceSubnet},
	{path: ['networking', 'dnsDomain'], asks: ({configuration}) => configuration.networking.dnsDomain},
];

function settings({cluster, living}: Planned): string[] {
	if (living.configMaps['kubeadm-config'] === undefined)
		return ['ConfigMap kubeadm-config: not there; kubeadm and others read it'];
	const holds = uploaded(living);
	return rows.flatMap(({path, asks}) => {
		const [is, wanted] = [holds(path), asks(cluster)];
		return is === wanted ? [] : [`${path.at(-1)}: ${is ?? 'not set'}, the config says ${wanted ?? 'nothing'}`];
	});
}

function roleOf(spec: NodeSpec, {name, controlPlane}: ClusterNode): string[] {
	const is = controlPlane ? 'control-plane' : 'worker';
	return is === spec.role ? [] : [`${name}: a ${is}, the config says ${spec.role}`];
}

/** A node without a name in the config has that of its machine; one that was not asked is known by its address. */
function nodeOf(spec: NodeSpec, {living, sites}: Planned): ClusterNode | undefined {
	const name = spec.name ?? sites.find((site) => site.spec === spec)?.name;
	const address = spec.internalAddress ?? spec.address;
	return living.nodes.find((node) => (name === undefined ? node.addresses.includes(address) : node.name === name));
}
