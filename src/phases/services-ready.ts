import {asks, hexadecimal} from '../contract/probes.ts';
import type {Phase, Step} from '../model.ts';

/** kube-proxy's health has no secret, and it says it is well once it has written its rules. kubectl wants a token all the same. */
const rulesWritten = `${asks}
listens "$1" || exit
if command -v bash >/dev/null; then
	exec bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "GET /healthz HTTP/1.0\\r\\n\\r\\n" >&3 && read -r -t 5 line <&3 && [[ $line == *" 200"* ]]' bash "$3"
fi
exec kubectl --kubeconfig=/dev/null --token=none --server="$2" --request-timeout=5s get --raw=/healthz`;

const port = 10256;

/**
 * CoreDNS needs the API's Service. Started before kube-proxy has written its rules, it fails its first readiness probe, of which the next
 * comes 10 s later; so it is put into the cluster when Services work.
 * Not waited for where the operator moved kube-proxy's health.
 */
export const servicesReady: Phase = {
	name: 'services-ready',
	title: 'Wait until Services work',
	on: 'first',
	steps: ({cluster}): Step[] => {
		const moved = Object.keys(cluster.kubeProxy).some((key) => key === 'healthzBindAddress');
		if (moved || cluster.configuration.proxy.disabled) return [];
		return [
			{
				kind: 'wait',
				title: 'kube-proxy has written its rules',
				until: {sh: rulesWritten, args: [hexadecimal(port), `http://127.0.0.1:${port}`, String(port)]},
				seconds: cluster.timeouts.controlPlaneSeconds,
				diagnose: 'kube-proxy',
			},
		];
	},
};
