/** Causes that the components of the control plane tell themselves: ports, addresses, etcd, certificates, arguments. */
import type {Cause} from './row.ts';

export const controlPlaneCauses: readonly Cause[] = [
	{
		id: 'wrong-address',
		says: /(?:listen|bind)\S* (?:tcp )?\[?([0-9a-fA-F.:]+?)\]?:(\d+): bind: cannot assign requested address/,
		cause: ({words: [, address = '?']}) => `${address}, which a component shall bind, is no address of this node`,
		remedy: ({site}) =>
			`set internalAddress (or advertiseAddress) of ${site.name} to one of its own: ${site.facts.addresses.map(({address}) => address).join(', ')}`,
	},
	{
		id: 'port-taken',
		says: /(?:listen|bind)\S* (?:tcp )?\S*?:(\d+): bind: address already in use|port (\d+) is already in use/i,
		cause: ({words: [, one, other]}) => `port ${one ?? other} is taken by another process`,
		remedy: ({words: [, one, other]}) => `find it with ss -ltnp 'sport = :${one ?? other}' on the node and stop it`,
	},
	{
		id: 'etcd-wrong-member',
		in: /^log etcd$/,
		says: /has already been bootstrapped|cluster ID mismatch|member count is unequal|couldn't find local name|missing from --initial-|the member has been permanently removed|unmatched member while checking PeerURLs|error validating peerURLs/i,
		cause: 'etcd does not fit the cluster that it shall be a member of: its data, its name or its peers are of another one',
		remedy:
			'if its data is of an old cluster that nobody needs, move /var/lib/etcd/member away on that node; else correct names and addresses in the config',
	},
	{
		id: 'etcd-data',
		in: /^log etcd$/,
		says: /crc mismatch|walpb|failed to (?:open|recover|repair|load|find) .{0,60}(?:wal|snapshot|backend|database)|invalid (?:database|freelist|checksum)|freepages|file checksum|tocommit\(\d+\) is out of range|cannot access data directory|(?:open|mkdir|stat) \/var\/lib\/etcd\S*: permission denied/i,
		cause: "etcd's data is damaged or cannot be read",
		remedy: 'with other members alive: remove this member and let it join anew; with this one alone: restore a snapshot',
	},
	{
		id: 'clock',
		says: /certificate has expired or is not yet valid: current time (\S+) is before ([\dTZ:+-]+)/,
		cause: ({words: [, now = '', since = '']}) =>
			`the node's clock is behind: it is ${now} there, and a certificate begins at ${since}`,
		remedy: 'set its clock (systemctl enable --now systemd-timesyncd, or chrony), then run the same command again',
	},
	{
		id: 'certificate-expired',
		says: /certificate has expired or is not yet valid: current time (\S+) is after ([\dTZ:+-]+)/,
		cause: ({words: [, now = '', end = '']}) => `a certificate ended at ${end}; the node's clock says ${now}`,
		remedy:
			'if the clock is right, renew the certificates: kubeadm certs renew all on that node, then run the same command again',
	},
	{
		id: 'certificate-names',
		says: /x509: certificate is (?:valid for|not valid for) (.{0,200}?), not ([^\s"\\]+)/,
		cause: ({words: [, names = '', wanted = '']}) => `a server certificate does not name ${wanted} (it names ${names})`,
		remedy: ({words: [, , wanted = '']}) =>
			`add ${wanted} to apiServer.certSANs (or the SANs of etcd), remove the certificate, and run the same command again`,
	},
	{
		id: 'certificate-bad',
		says: /certificate signed by unknown authority|tls: private key does not match public key|tls: failed to find any PEM data|tls: bad certificate|tls: unknown certificate authority|(?:failed|unable) to (?:load|parse|read) .{0,80}(?:certificate|CA bundle|key pair|private key)|crypto\/(?:rsa|ecdsa): verification error/i,
		cause: 'certificates do not belong together: one is not signed by the CA that its peer trusts, or is not of its key',
		remedy: 'kubestrap preflight names the files that do not fit; move them away and run the same command again',
	},
	{
		id: 'component-argument',
		in: /^log |^kubelet$/,
		says: /(?:Error: )?unknown (?:shorthand )?flag: (\S.*)|(?:unrecognized|unknown) feature gate:? (\S+)|invalid argument ".{0,120}" for "([^"]+)" flag/,
		cause: ({words: [, flag, gate, argument]}) => `a component refuses its arguments: ${flag ?? gate ?? argument}`,
		remedy: 'correct extraArgs (or featureGates) in the config and run the same command again',
	},
	{
		id: 'manifest-invalid',
		in: /^kubelet$/,
		says: /Could not process manifest file.*?path="?([^\s"]+)|can't process config file \\*"?([^\s"\\]+)|invalid pod: |[Pp]od is invalid|failed to (?:decode|parse) .{0,40}manifest/,
		cause: ({words: [, one, other]}) => `the kubelet cannot use the manifest ${one ?? other ?? 'of a static pod'}`,
		remedy: 'look at your patches and extraVolumes: the manifest is made of them; correct them and run the same command again',
	},
	{
		id: 'kubelet-config',
		in: /^kubelet$/,
		says: /failed to (?:load|validate|construct|parse) kubelet (?:config|flags|configuration)|failed to load kubelet config file/i,
		cause: 'the kubelet refuses its configuration',
		remedy: 'correct the KubeletConfiguration (or kubeletExtraArgs) in the config and run the same command again',
	},
	{
		id: 'conntrack',
		in: /^log kube-proxy$|^kubelet$/,
		says: /nf_conntrack_max|could not set conntrack|conntrack.{0,60}(?:permission denied|read-only)/i,
		cause: 'kube-proxy cannot set the limits of connection tracking here',
		remedy: 'set conntrack: {maxPerCore: 0, min: 0} in KubeProxyConfiguration: the limits then stay as the machine has them',
	},
	{
		id: 'name-unknown',
		says: /dial tcp: lookup (\S+)(?: on \S+)?: (?:no such host|server misbehaving|.{0,60}i\/o timeout)/,
		cause: ({words: [, name = '']}) => `the name ${name} does not resolve on the node`,
		remedy: ({words: [, name = '']}) => `put ${name} into DNS, or into /etc/hosts of the nodes`,
	},
	{
		id: 'unauthorized',
		in: /^kubelet$/,
		says: /Unable to register node with API server.*(?:Unauthorized|forbidden)|is forbidden: User "system:(?:anonymous|bootstrap)/,
		cause: "the API server does not accept this node's client certificate, or its name is not the node's",
		remedy: 'move /var/lib/kubelet/pki and /etc/kubernetes/kubelet.conf of that node away and run the same command again',
	},
	{
		id: 'endpoint-unreachable',
		in: /^kubelet$/,
		says: /dial tcp \[?([0-9a-fA-F.:]+?)\]?:(\d+): (?:i\/o timeout|connect: (?:no route to host|network is unreachable|connection timed out))/,
		cause: ({words: [, address = '', port = '']}) =>
			`${address}:${port} cannot be reached from the node: something between drops its packets`,
		remedy: ({words: [, address = '', port = '']}) =>
			`open TCP ${port} of ${address} for this node (firewall, security group, load balancer)`,
	},
	{
		id: 'endpoint-refused',
		in: /^kubelet$/,
		says: /dial tcp \[?([0-9a-fA-F.:]+?)\]?:(\d+): connect: connection refused/,
		weak: true,
		cause: ({words: [, address = '', port = '']}) => `nothing listens at ${address}:${port} yet`,
		remedy: 'look at the logs of kube-apiserver and etcd on the control plane: crictl ps -a, crictl logs ID',
	},
];
