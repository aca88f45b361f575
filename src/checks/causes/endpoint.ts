/** Why the way to the API is not open: read from what the wait for it said last (src/contract/endpoint-ready.ts). */
import {hostPort} from '../../cluster/network.ts';
import type {Cluster} from '../../model.ts';
import type {Evidence} from './evidence.ts';
import type {Cause} from './row.ts';

const isUp = (evidence: Evidence) => evidence.get('wait')?.some((line) => /^api \S+ answers$/.test(line)) ?? false;
const isProxied = ({loadBalancer}: Cluster) => loadBalancer === 'node-proxy';

const backends = ({nodes, bindPort}: Cluster) =>
	nodes
		.filter(({role}) => role === 'control-plane')
		.map(({internalAddress, address}) => hostPort(internalAddress ?? address, bindPort))
		.join(', ');
/** What to do at the thing in front: somebody else's balancer, or the proxy that we put on the node. */
const atTheBalancer = (cluster: Cluster, what: string) =>
	isProxied(cluster)
		? "look at the node's own proxy: crictl ps -a --name kubestrap-node-proxy, crictl logs ID; then run the same command again"
		: `${what}; the kubelets try again by themselves; then run the same command again`;
const balancer = (cluster: Cluster) => (isProxied(cluster) ? "the node's own proxy" : 'the load balancer');

type Row = Pick<Cause, 'id' | 'says'> & {
	readonly cause: (url: string, cluster: Cluster, words: readonly string[]) => string;
	readonly remedy: (cluster: Cluster) => string;
};

const rows: readonly Row[] = [
	{
		id: 'endpoint-name',
		says: /^endpoint (\S+): .*lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|read udp |.*timeout|Temporary failure)/,
		cause: (url, _cluster, [, , name = '']) =>
			`the API servers answer, but the name ${name} of the endpoint ${url} is not known on the node`,
		remedy: (cluster) =>
			isProxied(cluster)
				? 'look at /etc/hosts of the node: something took out our line; run the same command again'
				: 'put the name into DNS, or into /etc/hosts of every node; then run the same command again',
	},
	{
		id: 'endpoint-certificate',
		says: /^endpoint (\S+): .*x509: (.{1,200})/,
		cause: (url, _cluster, [, , why = '']) =>
			`the API servers answer, but what answers at ${url} shows another certificate than theirs (${why})`,
		remedy: (cluster) =>
			`pass TCP through to ${backends(cluster)} as it is, without ending TLS; if it is the API of another cluster, correct controlPlaneEndpoint; then run the same command again`,
	},
	{
		id: 'endpoint-other',
		says: /^endpoint (\S+): .*(?:gave HTTP response to HTTPS|does not look like a TLS|tls: |Error from server|could not find the requested)/i,
		cause: (url) => `the API servers answer, but another service than the API answers at ${url}`,
		remedy: (cluster) =>
			atTheBalancer(cluster, `let the load balancer pass TCP through to ${backends(cluster)}, or correct controlPlaneEndpoint`),
	},
	{
		id: 'endpoint-empty',
		says: /^endpoint (\S+): .*(?:EOF|reset by peer|broken pipe)/,
		cause: (url, cluster) => `the API servers answer, but ${balancer(cluster)} at ${url} has none of them behind it`,
		remedy: (cluster) => atTheBalancer(cluster, `add ${backends(cluster)} as backends of the load balancer`),
	},
	{
		id: 'endpoint-down',
		says: /^endpoint (\S+): .*refused/,
		cause: (url, cluster) => `the API servers answer, but ${balancer(cluster)} does not: nothing listens at ${url}`,
		remedy: (cluster) => atTheBalancer(cluster, `start the load balancer, with ${backends(cluster)} as backends`),
	},
	{
		id: 'endpoint-lost',
		says: /^endpoint (\S+): .*(?:timeout|deadline exceeded|exceeded while awaiting|no route to host|unreachable|connection timed out)/i,
		cause: (url, cluster) => `the API servers answer, but ${balancer(cluster)} does not: packets to ${url} get no answer`,
		remedy: (cluster) =>
			atTheBalancer(
				cluster,
				`look whether the load balancer runs, has ${backends(cluster)} as backends, and is let through by firewalls`,
			),
	},
];

export const endpointCauses: readonly Cause[] = [
	...rows.map(
		({id, says, cause, remedy}): Cause => ({
			id,
			in: /^wait$/,
			says,
			if: isUp,
			cause: ({words, cluster}) => cause(words[1] ?? '', cluster, words),
			remedy: ({cluster}) => remedy(cluster),
		}),
	),
	{
		id: 'api-down',
		in: /^wait$/,
		says: /^api (\S+): (.{1,200})/,
		cause: ({words: [, url = '', why = '']}) =>
			`the API server itself does not answer at ${url}, so nothing in front of it can (${why})`,
		remedy: 'look at kube-apiserver and etcd on the control plane: crictl ps -a, crictl logs ID; then run the same command again',
	},
];
