/** Causes that a node's own components tell: the kubelet, and kube-proxy. */
import type {Cause} from './row.ts';
import {withoutTheApi} from './waits.ts';

export const nodeCauses: readonly Cause[] = [
	{
		id: 'manifest-invalid',
		in: /^kubelet$/,
		says: /Could not process manifest file.*?path="?([^\s"]+)|can't process config file \\*"?([^\s"\\]+)|invalid pod: |[Pp]od is invalid|failed to (?:decode|parse) .{0,40}manifest/,
		cause: ({words: [, one, other]}) => `the kubelet cannot use the manifest ${one ?? other ?? 'of a static pod'}`,
		remedy: 'look at your patches and extraVolumes: the manifest is made of them; correct them and run the same command again',
	},
	{
		id: 'kubelet-config',
		certain: true,
		// A kubelet of a package starts again and again until its configuration is laid down.
		mayHeal: /no such file or directory/,
		in: /^kubelet$/,
		says: /failed to (?:load|validate|construct|parse) kubelet (?:config|flags|configuration)\b(?:.{0,300}?\berror:? (?:invalid configuration: )?((?!failed to load|invalid configuration)[^"]{1,160}?)(?:, path: |"|$))?/i,
		cause: ({words: [, why]}) => `the kubelet refuses its configuration${why === undefined ? '' : `: ${why}`}`,
		remedy: 'correct the KubeletConfiguration (or kubeletExtraArgs) in the config and run the same command again',
	},
	{
		id: 'conntrack',
		certain: true,
		in: /^log kube-proxy$|^kubelet$/,
		says: /nf_conntrack_max|could not set conntrack|conntrack.{0,60}(?:permission denied|read-only)/i,
		cause: 'kube-proxy cannot set the limits of connection tracking here',
		remedy: 'set conntrack: {maxPerCore: 0, min: 0} in KubeProxyConfiguration: the limits then stay as the machine has them',
	},
	{
		id: 'proxy-config',
		certain: true,
		in: /^log kube-proxy$/,
		says: /(?:"command failed"|"Error running ProxyServer"|failed complete|failed validate).{0,20}?((?:KubeProxyConfiguration|Mode|mode)\b.{1,200})/,
		cause: ({words: [, why = '']}) => `kube-proxy refuses its configuration: ${why}`,
		remedy: 'correct the KubeProxyConfiguration in the config and run the same command again',
	},
	{
		id: 'name-unknown',
		says: /dial tcp: lookup (\S+)(?: on \S+)?: (?:no such host|server misbehaving|read udp |.{0,60}i\/o timeout)/,
		cause: ({words: [, name = '']}) => `the name ${name} does not resolve on the node`,
		remedy: ({words: [, name = '']}) => `put ${name} into DNS, or into /etc/hosts of the nodes`,
	},
	{
		id: 'node-name',
		notFor: withoutTheApi,
		in: /^kubelet$/,
		says: /node \\*['"]([^'"\\]+)\\*['"] (?:is not allowed to modify node|cannot (?:read|modify|delete)) \\*['"]([^'"\\]+)/,
		cause: ({words: [, own = '', other = '']}) =>
			`the kubelet calls its node ${other}, and its certificate is that of ${own}: the API server lets it make no other node than its own`,
		remedy: ({words: [, own = '']}) =>
			`take hostname-override out of the kubelet's arguments, or name the machine ${own}; then run the same command again`,
	},
	{
		id: 'kubelet-certificate',
		certain: true,
		in: /^kubelet$/,
		says: /existing bootstrap client certificate in (\S+) is expired: (\S+ \S+)/,
		cause: ({words: [, file = '', end = '']}) =>
			`the kubelet's certificate (of ${file}) ended at ${end}, and it has no token to ask for another`,
		remedy: 'move /var/lib/kubelet/pki and /etc/kubernetes/kubelet.conf of that node away and run the same command again',
	},
	{
		id: 'token-refused',
		notFor: withoutTheApi,
		in: /^kubelet$/,
		says: /certificate signing request.{0,120}(?:Unauthorized|provide credentials)|failed to run Kubelet: .{0,120}Unauthorized/,
		cause:
			'the cluster does not accept the bootstrap token with which the kubelet asks for its certificate: it has ended, or was deleted',
		remedy: 'run the same command again: it makes a new token',
	},
	{
		id: 'unauthorized',
		notFor: withoutTheApi,
		in: /^kubelet$/,
		says: /Unable to register node with API server.*(?:Unauthorized|forbidden)|is forbidden: User "system:(?:anonymous|bootstrap)/,
		cause: "the API server does not accept this node's client certificate, or its name is not the node's",
		remedy: 'move /var/lib/kubelet/pki and /etc/kubernetes/kubelet.conf of that node away and run the same command again',
	},
	{
		id: 'endpoint-unreachable',
		notFor: withoutTheApi,
		in: /^kubelet$/,
		says: /dial tcp \[?([0-9a-fA-F.:]+?)\]?:(\d+): (?:i\/o timeout|connect: (?:no route to host|network is unreachable|connection timed out))/,
		cause: ({words: [, address = '', port = '']}) =>
			`${address}:${port} cannot be reached from the node: something between drops its packets`,
		remedy: ({words: [, address = '', port = '']}) =>
			`open TCP ${port} of ${address} for this node (firewall, security group, load balancer)`,
	},
	{
		id: 'endpoint-refused',
		notFor: withoutTheApi,
		in: /^kubelet$/,
		says: /dial tcp \[?([0-9a-fA-F.:]+?)\]?:(\d+): connect: connection refused/,
		weak: true,
		cause: ({words: [, address = '', port = '']}) => `nothing listens at ${address}:${port} yet`,
		remedy: 'look at the logs of kube-apiserver and etcd on the control plane: crictl ps -a, crictl logs ID',
	},
];
