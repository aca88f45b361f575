/** What a proof of a cluster works with: a namespace of its own, and in it a pod on every node. */

export type Pod = {readonly name: string; readonly node: string; readonly address: string};

export type Scene = {
	readonly namespace: string;
	/** One pod per node, sorted by node. */
	readonly pods: readonly Pod[];
	readonly service: {readonly name: string; readonly address: string};
	readonly domain: string;
};

/** Every namespace of ours carries it, so that what a killed run left can be found. */
export const label = 'kubestrap.dev/verify';
export const port = 8080;

/** `host:port` of a pod or Service, IPv6 in brackets. */
export function at(address: string): string {
	return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Reads `kubectl get pods,service -o json`: the agents' pods that have an address, and the Service. Throws on any other text. */
export function readScene(json: string, namespace: string, domain: string): Scene {
	const {items} = JSON.parse(json) as {items: readonly Listed[]};
	const pods = items
		.filter(({kind}) => kind === 'Pod')
		.map(({metadata, spec, status}) => ({name: metadata.name, node: spec.nodeName ?? '', address: status?.podIP ?? ''}))
		.filter(({address, node}) => address !== '' && node !== '')
		.sort((a, b) => a.node.localeCompare(b.node));
	const service = items.find(({kind}) => kind === 'Service');
	return {namespace, pods, service: {name: service?.metadata.name ?? '', address: service?.spec.clusterIP ?? ''}, domain};
}

type Listed = {
	readonly kind: string;
	readonly metadata: {readonly name: string};
	readonly spec: {readonly nodeName?: string; readonly clusterIP?: string};
	readonly status?: {readonly podIP?: string};
};
