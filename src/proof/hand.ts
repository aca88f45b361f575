/** kubectl, as the proofs use it: a constant script on a control-plane node. */
import type {Host, Output} from '../model.ts';

// kubectl's cache is not for root's home: a look at a cluster leaves nothing on the machine.
const prelude = 'export KUBECONFIG=/etc/kubernetes/admin.conf KUBECACHEDIR=/run/kubestrap/kubectl-cache; ns=$1\n';

export type Hand = (
	script: string,
	args: readonly string[],
	options?: {readonly stdin?: string; readonly seconds?: number},
) => Promise<Output>;

/** Scripts see the namespace as `$ns` and `$1`, and further arguments from `$2`. Each has a deadline, two minutes unless told. */
export function hand(host: Host, namespace: string, signal?: AbortSignal): Hand {
	return (script, args, {stdin, seconds = 120} = {}) =>
		host.exec(['sh', '-c', prelude + script, 'kubestrap-verify', namespace, ...args], {
			deadline: seconds * 1000,
			...(stdin === undefined ? {} : {stdin}),
			...(signal === undefined ? {} : {signal}),
		});
}
