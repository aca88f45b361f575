import {localEndpoint} from '../cluster/endpoints.ts';
import {lastValue} from '../contract/arguments.ts';
import {bindAddress, inUrl, probeHost} from '../contract/probes.ts';
import type {Arg, Phase, Step} from '../model.ts';

/**
 * A bare node has no HTTP client but kubectl, of which every call costs a tenth of a second on all cores. So the kernel's table is read
 * first: only when somebody listens on the port, kubectl asks. Ports are hexadecimal there.
 */
const listens = 'listens() { grep -qs ":$1 0*:0000 0A" /proc/net/tcp /proc/net/tcp6; }';

const serverReady = `${listens}
listens "$1" && exec kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$2" --request-timeout=5s get --raw=/readyz`;

/**
 * Both at the same time, and both must be well. They show their health to everybody, with a certificate of their own making; but kubectl asks
 * for a password when it has nothing to show.
 */
const healthy = `${listens}
pki=$1
ask() {
	listens "$1" && kubectl --kubeconfig=/dev/null --insecure-skip-tls-verify --server="$2" --request-timeout=5s get --raw="$3" \\
		--client-certificate="$pki/apiserver-kubelet-client.crt" --client-key="$pki/apiserver-kubelet-client.key"
}
ask "$2" "$3" /healthz &
first=$!
ask "$4" "$5" /livez &
second=$!
wait $first && wait $second`;

/** Every control plane waits for its own API server, controller manager and scheduler (contract 12). */
export const waitControlPlane: Phase = {
	name: 'wait-control-plane',
	title: 'Wait for the control plane',
	on: 'control-plane',
	steps: ({cluster, site}): Step[] => {
		const {port, url} = localEndpoint(cluster, site);
		const {certificatesDir, controllerManager, scheduler} = cluster.configuration;
		const seconds = cluster.timeouts.controlPlaneSeconds;
		const others = [certificatesDir, ...place(controllerManager.extraArgs, 10257), ...place(scheduler.extraArgs, 10259)];
		const until = {sh: serverReady, args: [hexadecimal(port), url]};
		return [
			{kind: 'wait', title: 'the API server is ready', until, seconds, diagnose: 'control-plane'},
			{
				kind: 'wait',
				title: 'the controller manager and the scheduler are healthy',
				until: {sh: healthy, args: others},
				seconds,
				diagnose: 'control-plane',
			},
		];
	},
};

/** Port as the kernel shows it, and URL, of a component that the operator may have moved. */
function place(extraArgs: readonly Arg[] | undefined, usual: number): [string, string] {
	const port = Number(lastValue(extraArgs, 'secure-port') ?? usual);
	const host = probeHost(bindAddress(extraArgs)) ?? '127.0.0.1';
	return [hexadecimal(port), `https://${inUrl(host)}:${port}`];
}

function hexadecimal(port: number): string {
	return port.toString(16).toUpperCase().padStart(4, '0');
}
