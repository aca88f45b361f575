/** Causes that the components of the control plane tell themselves: ports, addresses, etcd, certificates, arguments. */
import type {Site} from '../../model.ts';
import type {Cause} from './row.ts';

/** Without those of pods and their bridges: they are no addresses of a node. */
const ownAddresses = ({facts}: Site) =>
	facts.addresses.flatMap(({device, address}) => (/^(?:cni|flannel|veth|docker|lo$)/.test(device) ? [] : address)).join(', ');

export const controlPlaneCauses: readonly Cause[] = [
	{
		id: 'wrong-address',
		says: /(?:listen|bind)\S* (?:tcp )?\[?([0-9a-fA-F.:]+?)\]?:(\d+): bind: cannot assign requested address/,
		cause: ({words: [, address = '?'], program}) => `${address}, which ${program} shall bind, is no address of this node`,
		remedy: ({site}) =>
			`set internalAddress (or advertiseAddress, or bind-address in extraArgs) of ${site.name} to one of its own: ${ownAddresses(site)}`,
	},
	{
		id: 'port-taken',
		says: /(?:listen|bind)\S* (?:tcp )?\S*?:(\d+): bind: address already in use|port (\d+) is already in use/i,
		cause: ({words: [, one, other], program}) => `port ${one ?? other}, which ${program} shall bind, is taken by another process`,
		remedy: ({words: [, one, other]}) =>
			`find it with ss -ltnp 'sport = :${one ?? other}' on the node and stop it, then run the same command again`,
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
		says: /crc mismatch|walpb|failed to (?:open|recover|repair|load|find) .{0,60}(?:wal|snapshot|backend|database).{0,200}"error":|invalid (?:database|freelist|checksum)|freepages|file checksum|tocommit\(\d+\) is out of range/i,
		// It cannot open its data for other reasons as well, and nobody shall restore a snapshot because a disk is full.
		unless: /no space left|read-only file system|permission denied|too many open files|cannot allocate memory|quota exceeded/i,
		cause: "etcd's data is damaged",
		remedy:
			'with other members alive: kubestrap node remove this one and let it join anew; with this one alone: etcdutl snapshot restore the last snapshot into /var/lib/etcd',
	},
	{
		id: 'etcd-access',
		in: /^log etcd$/,
		says: /cannot access data directory.{0,200}permission denied|(?:open|mkdir|stat|read|write) (\/\S{1,200}): permission denied/i,
		cause: ({words: [, path = 'its data']}) => `etcd may not read or write ${path}`,
		remedy:
			'chown -R root:root /var/lib/etcd; chmod 700 /var/lib/etcd (or of the user that a patch gives to etcd), then run the same command again',
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
		says: /certificate signed by unknown authority|tls: private key does not match public key|tls: failed to find any PEM data|tls: unknown certificate authority|(?:failed|unable) to (?:load|parse|read) .{0,80}(?:certificate|CA bundle|key pair|private key)|crypto\/(?:rsa|ecdsa): verification error/i,
		cause: 'certificates do not belong together: one is not signed by the CA that its peer trusts, or is not of its key',
		remedy: 'kubestrap preflight -c FILE names the files that do not fit; move them away and run the same command again',
	},
	{
		// Whoever is refused says no more than this; why is told by who refused it, if he is on this machine.
		id: 'certificate-bad',
		weak: true,
		says: /tls: bad certificate/,
		cause: ({program}) => `somebody refused the certificate that ${program} shows`,
		remedy: 'kubestrap preflight -c FILE names the files that do not fit; move them away and run the same command again',
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
		cause: ({words: [, path = ''], program}) => `${program} shall read ${path}, which is not there, or not in its container`,
		remedy: ({words: [, path = '']}) =>
			`put ${path} on every control plane and give it its folder (extraVolumes), or take the argument out of extraArgs`,
	},
	{
		id: 'component-argument',
		certain: true,
		in: /^log |^kubelet$/,
		says: /(?:Error: )?unknown (?:shorthand )?flag: ([^"\\]+)|flag provided but not defined: (\S+)|(?:unrecognized|unknown) feature gate:? (\S+)|invalid argument ".{0,120}" for "([^"]+)" flag/,
		cause: ({words: [, flag, other, gate, argument], program}) =>
			`${program} refuses its arguments: ${flag ?? other ?? gate ?? argument}`,
		remedy: 'correct extraArgs (or featureGates) in the config and run the same command again',
	},
	{
		id: 'component-refuses',
		in: /^log /,
		says: /"command failed" err="((?:[^"\\]|\\.){1,400})"/,
		weak: true,
		cause: ({words: [, why = ''], program}) => `${program} does not start: ${why}`,
		remedy: 'look at its arguments and files (extraArgs, extraVolumes, patches of the config), then run the same command again',
	},
];
