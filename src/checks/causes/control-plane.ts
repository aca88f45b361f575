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
		certain: true,
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
		id: 'admission-plugin',
		certain: true,
		in: /^log kube-apiserver$/,
		says: /admission-plugins plugin \\*"([^"\\]+)\\*" is unknown/,
		cause: ({words: [, name = '']}) => `the API server knows no admission plug-in ${name}`,
		remedy:
			'correct enable-admission-plugins (or disable-admission-plugins) in apiServer.extraArgs and run the same command again',
	},
	{
		id: 'encryption-config',
		certain: true,
		in: /^log kube-apiserver$/,
		says: /(?:error while parsing file|encryption provider configuration(?: file)?\b).{0,40}?: (.{1,200})/,
		cause: ({words: [, why = '']}) => `the API server refuses the EncryptionConfiguration: ${why}`,
		remedy:
			'correct the file of encryption-provider-config on every control plane (the same on all of them) and run the same command again',
	},
	{
		id: 'service-network',
		certain: true,
		in: /^log kube-apiserver$/,
		says: /"command failed" err="\[?((?:specified )?--service-cluster-ip-range[^"]{1,200})/,
		cause: ({words: [, why = '']}) => `the API server refuses the network of Services: ${why}`,
		remedy:
			'correct network.serviceSubnet in the config (as 10.96.0.0/12: one network, or one of each family) and run the same command again',
	},
	{
		id: 'component-file',
		certain: true,
		in: /^log /,
		says: /"command failed" err=.{0,300}?(?:open|stat|lstat|read) (\/\S+?): no such file or directory/,
		cause: ({words: [, path = '']}) => `a component shall read ${path}, which is not there, or not in its container`,
		remedy: ({words: [, path = '']}) =>
			`put ${path} on every control plane and give the component its folder (extraVolumes), or take the argument out of extraArgs`,
	},
	{
		id: 'component-argument',
		certain: true,
		in: /^log |^kubelet$/,
		says: /(?:Error: )?unknown (?:shorthand )?flag: ([^"\\]+)|flag provided but not defined: (\S+)|(?:unrecognized|unknown) feature gate:? (\S+)|invalid argument ".{0,120}" for "([^"]+)" flag/,
		cause: ({words: [, flag, other, gate, argument]}) =>
			`a component refuses its arguments: ${flag ?? other ?? gate ?? argument}`,
		remedy: 'correct extraArgs (or featureGates) in the config and run the same command again',
	},
	{
		id: 'component-refuses',
		in: /^log /,
		says: /"command failed" err="((?:[^"\\]|\\.){1,400})"/,
		weak: true,
		cause: ({words: [, why = '']}) => `a component does not start: ${why}`,
		remedy: 'look at its arguments and files (extraArgs, extraVolumes, patches of the config), then run the same command again',
	},
];
