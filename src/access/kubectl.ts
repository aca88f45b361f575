/** The way to a living cluster: kubectl on a control plane, against the API server of that very machine. */
import {StepError} from '../errors.ts';
import type {Host} from '../model.ts';

/**
 * Constant. `kube …` is kubectl as the cluster's admin. It speaks with the API server beside it, so that it works while nothing in front of
 * the API servers answers; its cache is on tmpfs, so that nothing of it stays on the machine.
 */
export const kubeShell = String.raw`set -uf
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
conf=/etc/kubernetes/admin.conf
at=$(sed -n 's|^ *kubeadm\.kubernetes\.io/kube-apiserver\.advertise-address\.endpoint: *||p' /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null | tr -d "\"'")
kube() { kubectl --kubeconfig "$conf" ${'$'}{at:+--server "https://$at"} --cache-dir /run/kubestrap/.kubectl --request-timeout 20s "$@"; }
`;

export type Api = {
	/** Name of the machine that kubectl runs on. */
	readonly node: string;
	/** Runs a constant script that may use `kube`; its stdout. Throws StepError with kubectl's last line, TransportError. */
	readonly ask: (script: string, args?: readonly string[], stdin?: string) => Promise<string>;
};

/** The API of a cluster, through one of its control planes. */
export function apiOn(host: Host, signal?: AbortSignal): Api {
	return {
		node: host.name,
		async ask(script, args = [], stdin = '') {
			const options = {deadline: 60_000, stdin, ...(signal === undefined ? {} : {signal})};
			const {code, stdout, stderr} = await host.exec(['sh', '-c', kubeShell + script, 'sh', ...args], options);
			if (code === 0) return stdout;
			const last = stderr.trim().split('\n').at(-1) || `it ended with ${code}`;
			const hint =
				code === 66 || code === 127 ? 'name a control plane of the cluster' : 'kubestrap verify says how the cluster is';
			throw new StepError(`${host.name}: kubectl: ${last}`, {hint});
		},
	};
}
