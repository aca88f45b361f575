import {controlPlaneEndpoint, localEndpoint} from '../cluster/endpoints.ts';
import {firstOf} from '../cluster/selectors.ts';
import {isMoved, serverIn, untilEndpointAnswers} from '../contract/endpoint-ready.ts';
import {kubernetesFolder} from '../contract/folders.ts';
import {sharedClients} from '../contract/kubeconfigs.ts';
import type {Phase, Scope, Step} from '../model.ts';

/** `sh -c SCRIPT sh FILE URL`. Credentials stay as they are, whoever put them there. */
const pointed = {sh: `[ "$(sed -n 's/^ *server: *"\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/\\1/p' "$1")" = "$2" ]`};
const point = {
	sh: `set -e
fresh=\${1%/*}/.\${1##*/}.kubestrap
cp -p "$1" "$fresh"
sed "s|^\\( *server:\\) .*|\\1 $2|" "$1" >"$fresh"
mv -fT "$fresh" "$1"`,
};

const kube = `kube() { kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$server" --namespace=kube-system "$@"; }
server=$1`;
/** `sh -c SCRIPT sh API`: every pod of kube-proxy that stays was made after its configuration was changed by us for the last time. */
const restarted = `${kube}
changed=$(kube get configmap kube-proxy --show-managed-fields --output='go-template={{range .metadata.managedFields}}{{if eq .manager "kubestrap"}}{{.time}}{{"\\n"}}{{end}}{{end}}' | sort | tail -n 1)
oldest=$(kube get pods --selector=k8s-app=kube-proxy --output='go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.creationTimestamp}}{{"\\n"}}{{end}}{{end}}' | sort | head -n 1)
[ -n "$changed" ] && [ -n "$oldest" ] && [ "$(printf '%s\\n' "$changed" "$oldest" | sort | head -n 1)" = "$changed" ]`;
/** `sh -c SCRIPT sh API SECONDS`: one node after the other, as the DaemonSet has it. */
const restart = `${kube}
kube rollout restart daemonset/kube-proxy && kube rollout status daemonset/kube-proxy --timeout="$2s"`;

/**
 * Until here everything was done through each control plane's own API server, so the endpoint may come later than the cluster. From here on it is
 * needed: kube-proxy uses it on every node. Where a living cluster looked for its API elsewhere, kube-proxy is restarted now, and last of all the
 * kubeconfigs are changed: by them a run that was interrupted sees that it is not done.
 */
export const endpointReady: Phase = {
	name: 'endpoint-ready',
	title: 'Wait until the endpoint of the API answers',
	on: 'control-plane',
	steps: (scope) => [...untilEndpointAnswers(scope), ...move(scope)],
};

function move({cluster, site, sites}: Scope): Step[] {
	const {url} = controlPlaneEndpoint(cluster, sites);
	if (!isMoved(site, url)) return [];
	const server = localEndpoint(cluster, site).url;
	const first = site.name === firstOf(sites)?.name && !cluster.configuration.proxy.disabled;
	const proxies: Step = {
		kind: 'run',
		title: 'restart kube-proxy, one node after the other',
		command: {sh: restart, args: [server, String(cluster.timeouts.controlPlaneSeconds)]},
		unless: {sh: restarted, args: [server]},
	};
	const files = sharedClients.map((name) => `${kubernetesFolder}/${name}`);
	const old = files.filter((path) => ![undefined, url].includes(serverIn(site, path)));
	return [
		...(first ? [proxies] : []),
		...old.map(
			(path): Step => ({
				kind: 'run',
				title: `point ${path} at ${url}`,
				command: {...point, args: [path, url]},
				unless: {...pointed, args: [path, url]},
			}),
		),
	];
}
