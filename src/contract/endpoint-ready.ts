/** How a node learns that the way to the API is open, and what changes when it leads elsewhere than before. */
import {controlPlaneEndpoint, localEndpoint} from '../cluster/endpoints.ts';
import {firstOf} from '../cluster/selectors.ts';
import type {Scope, Site, Step} from '../model.ts';
import {kubernetesFolder} from './folders.ts';

/**
 * `sh -c SCRIPT sh ENDPOINT API`, both URLs: is the cluster's API behind the endpoint, by the cluster's authority? What it says when not is read by
 * src/checks/causes/endpoint.ts: which of the two does not answer, and how. The kubelet's rights are enough, and every node has them.
 */
const answers = `ask() { kubectl --kubeconfig=/etc/kubernetes/kubelet.conf --server="$1" --request-timeout=3s get --raw=/livez 2>&1; }
answer=$(ask "$1") && exit
printf 'endpoint %s: %s\\n' "$1" "$answer"
if answer=$(ask "$2"); then printf 'api %s answers\\n' "$2"; else printf 'api %s: %s\\n' "$2" "$answer"; fi
sleep 1
exit 1`;

/** Waits until the endpoint answers as seen from this node; nothing where the endpoint is the first control plane itself, and was before. */
export function untilEndpointAnswers({cluster, site, sites}: Omit<Scope, 'lock' | 'identity'>): Step[] {
	const first = firstOf(sites);
	const near = site.role === 'control-plane' ? site : first;
	if (first === undefined || near === undefined) return [];
	const {url} = controlPlaneEndpoint(cluster, sites);
	if (url === localEndpoint(cluster, first).url && !isMoved(site, url)) return [];
	return [
		{
			kind: 'wait',
			title: `the API answers at ${url}`,
			until: {sh: answers, args: [url, localEndpoint(cluster, near).url]},
			seconds: cluster.timeouts.controlPlaneSeconds,
			diagnose: 'endpoint',
		},
	];
}

/** The kubeconfig by which a node, or whoever logs in there, finds the cluster. On a control plane the kubelet's names the node itself. */
const telling = (site: Site) => `${kubernetesFolder}/${site.role === 'worker' ? 'kubelet' : 'admin'}.conf`;

/** The server that a kubeconfig on the node names, as the survey saw it. */
export function serverIn({facts}: Site, path: string): string | undefined {
	const text = facts.files[path]?.text;
	return text === undefined ? undefined : (JSON.parse(text) as {server?: string}).server;
}

/** Whether the node looks for the API elsewhere than it shall: a living cluster that gets, loses or changes its endpoint. */
export function isMoved(site: Site, url: string): boolean {
	const server = serverIn(site, telling(site));
	return server !== undefined && server !== url;
}

/** What will change, for whoever reads along; nothing when nobody looks elsewhere. */
export function moveOf({cluster, sites}: Pick<Scope, 'cluster' | 'sites'>): string | undefined {
	const {url} = controlPlaneEndpoint(cluster, sites);
	const moved = sites.filter((site) => isMoved(site, url));
	const before = new Set(moved.map((site) => serverIn(site, telling(site))));
	if (moved.length === 0) return undefined;
	return (
		`the way to the API changes from ${[...before].join(', ')} to ${url}: first the certificates of the API servers, kubeadm-config, cluster-info and the ` +
		`configuration of kube-proxy; when ${url} answers, kube-proxy is restarted node by node, then ${moved.map(({name}) => name).join(', ')} use it`
	);
}
