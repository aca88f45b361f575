import {lastValue} from '../contract/arguments.ts';
import {asks, bindAddress, hexadecimal, inUrl, probeHost} from '../contract/probes.ts';
import type {Arg, Phase, Step} from '../model.ts';

/**
 * `sh -c SCRIPT sh PKI PORT HOST:PORT PORT HOST:PORT`: both at the same time, and both must be well. They show their health to everybody, with a
 * certificate of their own making; but kubectl asks for a password when it has nothing to show.
 */
const healthy = `${asks}
pki=$1
ask() {
	listens "$1" || return
	secure "$2" "$3" "$pki"
	code=$?
	[ $code -eq 127 ] || return $code
	kubectl --kubeconfig=/dev/null --insecure-skip-tls-verify --server="https://$2" --request-timeout=5s get --raw="$3" \\
		--client-certificate="$pki/apiserver-kubelet-client.crt" --client-key="$pki/apiserver-kubelet-client.key"
}
ask "$2" "$3" /healthz &
first=$!
ask "$4" "$5" /livez &
second=$!
wait $first && wait $second`;

/**
 * Every control plane waits for its own controller manager and scheduler (contract 12). They start while the objects are put into the
 * cluster, so this comes after them; kubeadm waits before.
 */
export const waitControlPlane: Phase = {
	name: 'wait-control-plane',
	title: 'Wait for the controller manager and the scheduler',
	on: 'control-plane',
	steps: ({cluster: {configuration, timeouts}}): Step[] => {
		const {certificatesDir, controllerManager, scheduler} = configuration;
		const args = [certificatesDir, ...place(controllerManager.extraArgs, 10257), ...place(scheduler.extraArgs, 10259)];
		return [
			{
				kind: 'wait',
				title: 'the controller manager and the scheduler are healthy',
				until: {sh: healthy, args},
				seconds: timeouts.controlPlaneSeconds,
				diagnose: 'controllers',
			},
		];
	},
};

/** Port as the kernel shows it, and `host:port`, of a component that the operator may have moved. */
function place(extraArgs: readonly Arg[] | undefined, usual: number): [string, string] {
	const port = Number(lastValue(extraArgs, 'secure-port') ?? usual);
	const host = probeHost(bindAddress(extraArgs)) ?? '127.0.0.1';
	return [hexadecimal(port), `${inUrl(host)}:${port}`];
}
