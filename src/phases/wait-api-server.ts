import {localEndpoint} from '../cluster/endpoints.ts';
import {hexadecimal, listens} from '../contract/probes.ts';
import type {Phase} from '../model.ts';

const serverReady = `${listens}
listens "$1" && exec kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$2" --request-timeout=5s get --raw=/readyz`;

/** Every control plane waits for its own API server (contract 12); what follows only needs that one. */
export const waitApiServer: Phase = {
	name: 'wait-api-server',
	title: 'Wait for the API server',
	on: 'control-plane',
	steps: ({cluster, site}) => {
		const {port, url} = localEndpoint(cluster, site);
		return [
			{
				kind: 'wait',
				title: 'the API server is ready',
				until: {sh: serverReady, args: [hexadecimal(port), url]},
				seconds: cluster.timeouts.controlPlaneSeconds,
				diagnose: 'control-plane',
			},
		];
	},
};
