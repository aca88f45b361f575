/** What must hold of the way to the API. */
import {at, controlPlanes, type Given, get, type Rule} from './given.ts';
import {parseAddress, splitHostPort} from './network.ts';
import {nodeProxyPort} from './node-proxy.ts';

/** Ports that components bind. */
export const takenPorts: Readonly<Record<number, string>> = {
	2379: 'etcd',
	2380: 'etcd',
	2381: 'etcd',
	10248: 'the kubelet',
	10249: 'kube-proxy',
	10250: 'the kubelet',
	10256: 'kube-proxy',
	10257: 'kube-controller-manager',
	10259: 'kube-scheduler',
};

export const endpointRules: readonly Rule[] = [
	function manyControlPlanesNeedAnEndpoint(given, complain) {
		const balancer = get(given, 'Cluster', 'spec', 'loadBalancer');
		const hint = 'set controlPlaneEndpoint to a name or address that reaches all of them, or loadBalancer: node-proxy';
		if (at(given, 'controlPlaneEndpoint') !== undefined || balancer?.value === 'node-proxy') return;
		if (balancer?.value === 'external') complain(balancer, 'loadBalancer: external needs a controlPlaneEndpoint', hint);
		else if (controlPlanes(given).length > 1)
			complain(controlPlanes(given)[1], 'more than one control plane needs a controlPlaneEndpoint', hint);
	},
	function proxiesHaveANameAndAPort(given, complain) {
		const balancer = get(given, 'Cluster', 'spec', 'loadBalancer');
		if (balancer?.value !== 'node-proxy') return;
		const endpoint = at(given, 'controlPlaneEndpoint');
		const {host, port = nodeProxyPort} = (endpoint && splitHostPort(endpoint.value)) ?? {};
		const where = endpoint ?? balancer;
		const hint = 'set controlPlaneEndpoint to NAME:PORT, with a port that nothing else has on the nodes';
		if (host !== undefined && (parseAddress(host) !== undefined || isOfANode(host, given)))
			complain(
				where,
				`with loadBalancer: node-proxy the endpoint ${host} must be a name of its own: each node has it lead to itself`,
				hint,
			);
		const owner = port === given.bindPort ? 'the API server' : takenPorts[port];
		if (owner !== undefined) complain(where, `the proxy on each node cannot have port ${port}, which belongs to ${owner}`, hint);
	},
	function portIsFree(given, complain) {
		const owner = takenPorts[given.bindPort];
		if (owner) complain(at(given, 'bindPort'), `port ${given.bindPort} belongs to ${owner}`);
	},
];

/** A machine's own name must keep leading to that machine. */
const isOfANode = (host: string, {nodes}: Given) =>
	host === 'localhost' || nodes.some(({spec}) => spec.name === host || spec.address.toLowerCase() === host);
