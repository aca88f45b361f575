import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {family, splitSubnets} from '../cluster/network.ts';
import {isOnDefaultRoute} from '../contract/node-address.ts';
import {objects} from '../contract/objects.ts';
import type {Cluster, Phase} from '../model.ts';
import {render} from '../render.ts';
import {imagesFor} from '../versions.ts';

/** The pod network: what flannel's own manifest has, with this cluster's subnet, backend and endpoint. */
export const addonFlannel: Phase = {
	name: 'addon-flannel',
	title: 'Install the pod network',
	on: 'first',
	steps: ({cluster, sites}) => {
		if (cluster.network.cni !== 'flannel') return [];
		const {host, port} = controlPlaneEndpoint(cluster, sites);
		return objects('flannel', {
			images: imagesFor(cluster),
			cniConf: render('cni/flannel.conflist', {}),
			// Like kube-proxy it speaks with the endpoint itself: it then need not wait until Services work, on any node.
			api: {host, port: String(port)},
			network: `${JSON.stringify(network(cluster), undefined, 2)}\n`,
			// flannel takes the interface of the default route by itself; where nodes are elsewhere, or have no such route, it is told.
			byNodeAddress: !sites.every(isOnDefaultRoute),
		});
	},
};

function network({configuration: {networking}, network: {flannel}}: Cluster): object {
	const subnets = splitSubnets(networking.podSubnet);
	const v4 = subnets.find((subnet) => family(subnet) === 'v4');
	const v6 = subnets.find((subnet) => family(subnet) === 'v6');
	return {
		...(v4 ? {Network: v4} : {EnableIPv4: false}),
		...(v6 ? {EnableIPv6: true, IPv6Network: v6} : {}),
		EnableNFTables: false,
		Backend: {Type: flannel.backend},
	};
}
