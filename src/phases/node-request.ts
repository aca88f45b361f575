import {hasCertificate} from '../contract/joining.ts';
import type {Phase, Step} from '../model.ts';

/** `sh -c SCRIPT sh SERVER`, the request's name on stdin; empty when there was nothing left to approve. */
const approve = `read -r name || true
[ -z "$name" ] || kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$1" --request-timeout=10s certificate approve "$name"`;

/**
 * The request of the node's kubelet is approved when it is this node's: same key as on the machine, the token of this run, the right names
 * and uses (src/identity/secrets/node-request.ts compares).
 */
export const nodeRequest: Phase = {
	name: 'node-request',
	title: "Approve the kubelet's request",
	on: 'joining',
	at: 'first',
	steps: ({cluster, site, living}): Step[] =>
		living === undefined || hasCertificate(site, cluster)
			? []
			: [
					{
						kind: 'run',
						title: `approve the request of ${site.name}`,
						command: {sh: approve, args: [living.server]},
						stdin: [{secret: `node-request@${site.name}`}, '\n'],
						unless: 'never',
					},
				],
};
