import {localEndpoint} from '../cluster/endpoints.ts';
import {hostPort} from '../cluster/network.ts';
import {nodeProxy as proxyOf} from '../cluster/node-proxy.ts';
import {selected} from '../cluster/selectors.ts';
import {hostsFiles} from '../contract/hosts-files.ts';
import {nodeProxyManifest} from '../contract/static-pod.ts';
import type {Command, Phase, Scope, Step} from '../model.ts';
import {render} from '../render.ts';
import {imagesFor} from '../versions.ts';

const folder = '/etc/kubernetes/kubestrap';
/** Who is told of a new list. The mark lies on disk until it has been told. */
const name = 'kubestrap-node-proxy';
const mark = `/var/lib/kubestrap/pending/${name}`;

/**
 * `sh -c SCRIPT sh SOCKET NAME MARK`: the proxy's first process reads its configuration again; connections that are open stay with the process that has
 * them. Where none runs, the one that will be started reads what is there.
 */
const readAgain = `set -e
id=$(crictl -r "$1" ps --quiet --state Running --name "^$2\\$" --label io.kubernetes.pod.namespace=kube-system)
for one in $id; do
	kill -USR2 "$(crictl -r "$1" inspect --output go-template --template '{{.info.pid}}' "$one")"
done
rm -f "$3"`;

const isRead: Command = {sh: '[ ! -e "$1" ]', args: [mark]};

/**
 * With `loadBalancer: node-proxy` each node reaches the API by a name that leads to a proxy of its own, before its kubelet wants it.
 * The proxy knows all control planes and takes those that are ready.
 */
export const nodeProxy: Phase = {
	name: 'node-proxy',
	title: "Put the node's own proxy to the API in place",
	on: 'every',
	steps: (scope): Step[] => {
		const proxy = proxyOf(scope.cluster, scope.site, scope.sites);
		const {nodeProxy: image} = imagesFor(scope.cluster);
		if (proxy === undefined || image === undefined) return [];
		const {host, port, loopback} = proxy;
		const pod = render('node-proxy/pod', {folder, image, loopback, port});
		return [
			...hostsFiles(scope.site).map((path): Step => ({kind: 'line', path, line: `${loopback} ${host}`})),
			{kind: 'dir', path: folder, mode: '0755'},
			{kind: 'file', path: `${folder}/ca.crt`, content: [{secret: 'ca.crt'}], mode: '0644', notify: [name]},
			{
				kind: 'file',
				path: `${folder}/haproxy.cfg`,
				content: configuration(scope, {host, port, loopback}),
				mode: '0644',
				notify: [name],
			},
			{
				kind: 'run',
				title: 'the proxy reads its list of control planes',
				command: {sh: readAgain, args: [scope.cluster.registration.criSocket, name, mark]},
				unless: isRead,
			},
			{kind: 'file', path: nodeProxyManifest, content: pod, mode: '0600'},
		];
	},
};

/**
 * The control planes that are there and those that come; one that leaves is used no more before it goes.
 * A control plane's proxy is there for machines that are about to join as well; a worker's for that worker alone.
 */
function configuration({cluster, site, sites}: Scope, {host, port, loopback}: {host: string; port: number; loopback: string}) {
	const open = site.role === 'control-plane';
	const v6 = loopback.includes(':');
	const planes = [...selected(sites, 'settled-control-plane'), ...selected(sites, 'joining-control-plane')];
	return render('node-proxy/haproxy.cfg', {
		bind: hostPort(open ? (v6 ? '::' : '0.0.0.0') : loopback, port),
		both: open && v6,
		name: host,
		ca: `${folder}/ca.crt`,
		servers: planes.map((plane) => {
			const local = localEndpoint(cluster, plane);
			return {name: plane.name, address: hostPort(local.host, local.port)};
		}),
	});
}
