import type {Cluster, Site} from '../model.ts';
import {controlPlaneEndpoint} from './endpoints.ts';
import {splitSubnets} from './network.ts';

/**
 * What is spoken to directly though there is a proxy, for NO_PROXY: the machine itself, pods and Services by address and by name, the nodes,
 * the endpoint, and what the operator names. Hosts, addresses, networks in CIDR form and domains with a dot before them, each once.
 * Readers differ: Go's programs (containerd) know all of these forms, apt knows hosts alone.
 */
export function noProxyOf({configuration, proxy, ...cluster}: Cluster, sites: readonly Site[]): string[] {
	const {podSubnet, serviceSubnet, dnsDomain} = configuration.networking;
	const asked = configuration.controlPlaneEndpoint;
	const hasApi = asked !== undefined || sites.some(({role}) => role === 'control-plane');
	return [
		...new Set([
			'localhost',
			'127.0.0.0/8',
			'::1',
			...splitSubnets(podSubnet),
			...splitSubnets(serviceSubnet),
			...sites.flatMap(({name, address}) => [address, name]),
			...(hasApi ? [controlPlaneEndpoint({configuration, ...cluster}, sites).host] : []),
			'.svc',
			`.${dnsDomain}`,
			...(proxy?.noProxy ?? []),
		]),
	];
}
