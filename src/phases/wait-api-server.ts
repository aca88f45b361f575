import {localEndpoint} from '../cluster/endpoints.ts';
import {hostPort} from '../cluster/network.ts';
import {certificateFoldersOf} from '../contract/folders.ts';
import {asks, hexadecimal} from '../contract/probes.ts';
import type {Phase} from '../model.ts';

/** `sh -c SCRIPT sh PORT HOST:PORT PKI URL` */
const serverReady = `${asks}
listens "$1" || exit
secure "$2" /readyz "$3" "$3/ca.crt"
code=$?
[ $code -eq 127 ] || exit $code
exec kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$4" --request-timeout=5s get --raw=/readyz`;

/** Every control plane waits for its own API server (contract 12); what follows only needs that one. */
export const waitApiServer: Phase = {
	name: 'wait-api-server',
	title: 'Wait for the API server',
	on: 'control-plane',
	steps: ({cluster, site}) => {
		const {host, port, url} = localEndpoint(cluster, site);
		return [
			{
				kind: 'wait',
				title: 'the API server is ready',
				until: {
					sh: serverReady,
					args: [hexadecimal(port), hostPort(host, port), certificateFoldersOf(cluster).certificates, url],
				},
				seconds: cluster.timeouts.controlPlaneSeconds,
				diagnose: 'control-plane',
			},
		];
	},
};
