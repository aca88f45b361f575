/** Where we knowingly differ from kubeadm, and why. Tests allow these and nothing else; the README's table is made from this list. */
import type {Difference} from './compare.ts';

export type Explained = {
	readonly what: string;
	readonly kubeadm: string;
	readonly ours: string;
	readonly why: string;
	/** Whether a difference that a test has found is this one. */
	readonly is?: (found: Difference) => boolean;
};

export const explained: readonly Explained[] = [
	{
		what: 'how texts are quoted in YAML',
		kubeadm: 'single quotes where a text would not be a text without',
		ours: 'double quotes there',
		why: "readers see the same value; so the hash of kube-proxy's ConfigMap can differ from kubeadm's, and is right for what it stands on",
		is: ({path, kubeadm, ours}) => path.endsWith('component-config.hash') && isHash(kubeadm) && isHash(ours),
	},
	{
		what: 'ClusterRoleBinding kubeadm:cluster-admins',
		kubeadm: 'made in every init; a dry run does not show it',
		ours: 'made likewise',
		why: 'only the comparison with a dry run needs this row',
		is: ({path, kubeadm}) => path === 'objects/ClusterRoleBinding  kubeadm:cluster-admins' && kubeadm === undefined,
	},
	{
		what: 'a container that a patch adds to a static pod',
		kubeadm: 'gets an empty field resources',
		ours: 'is written as it was given',
		why: 'kubeadm prints what it decoded; it means the same',
		is: ({path, kubeadm, ours}) =>
			/^manifests\/.*\/containers\/\d+\/resources$/.test(path) && JSON.stringify(kubeadm) === '{}' && ours === undefined,
	},
	{
		what: 'kubelet.conf of the first control plane: server',
		kubeadm: 'control-plane endpoint, moved to the node itself by the first upgrade',
		ours: "the node's own API server, as on every other control plane",
		why: 'control planes start all at once, before anything in front of them can answer',
		is: ({path}) => path === 'kubeconfigs/kubelet.conf/clusters/0/cluster/server',
	},
	{
		what: 'kubelet.conf: client certificate',
		kubeadm: 'embedded at first; kubelet-finalize points it at kubelet-client-current.pem',
		ours: 'points there from the beginning',
		why: 'the certificate is laid down beforehand where the kubelet would put it, and rotates from there',
		is: ({path}) => path.startsWith('kubeconfigs/kubelet.conf/users/0/user/client-'),
	},
	{
		what: 'the first pem below /var/lib/kubelet/pki',
		kubeadm: 'kubelet-client-DATE.pem',
		ours: 'kubelet-client-kubestrap.pem',
		why: 'a plan knows no clock; the kubelet reads only the link, and dates what it makes itself',
	},
	{
		what: 'RBAC subjects: apiGroup',
		kubeadm: 'left to the API server to fill in',
		ours: 'written out',
		why: 'what we apply is what is stored, so it can be compared',
		is: ({path, kubeadm, ours}) =>
			/^objects\/.*\/subjects\/\d+\/apiGroup$/.test(path) && kubeadm === undefined && ours === 'rbac.authorization.k8s.io',
	},
	{
		what: 'objects: status, resourceVersion',
		kubeadm: 'sent empty or as "0"',
		ours: 'not sent',
		why: 'they belong to the API server; what is stored is the same',
		is: ({path}) => /^objects\/[^/]+\/(?:status|metadata\/resourceVersion)/.test(path),
	},
	{
		what: "variables of kubeadm's environment ending in _proxy",
		kubeadm: 'copied into the static pods and kube-proxy',
		ours: 'not copied: say extraEnvs',
		why: "the operator's machine is not the node",
	},
	{
		what: 'fields of a patch that a Pod does not have',
		kubeadm: 'vanish from the manifest without a word',
		ours: 'stay in the manifest; the kubelet ignores them',
		why: 'a mistyped field can be seen',
	},
	{
		what: 'resolvConf of systemd-resolved in ConfigMap kubelet-config',
		kubeadm: '1.36 stores that of the first node; 1.37 does not',
		ours: 'never stored',
		why: 'it belongs to one node',
	},
	{
		what: 'etcd of the other control planes of a new cluster',
		kubeadm: 'joins one after the other, with initial-cluster-state=existing',
		ours: 'all members start at once with the same initial-cluster',
		why: 'a new cluster knows its members',
	},
	{
		what: 'kubelet argument node-ip',
		kubeadm: 'not set',
		ours: "set where the internal address is not that of the node's default route",
		why: 'the kubelet would register another address, or none',
	},
	{
		what: "names of the API server's certificate",
		kubeadm: 'the advertised address',
		ours: 'also the address by which the operator reaches the node, where that is another one and nothing stands before the API servers',
		why: "else the operator's kubeconfig would work on the nodes only",
	},
	{
		what: 'loadBalancer: node-proxy',
		kubeadm: 'knows nothing like it',
		ours: 'a static pod kubestrap-node-proxy with its folder /etc/kubernetes/kubestrap, and a line in /etc/hosts, on every node that asks for it',
		why: 'several control planes without a machine that stands before them',
	},
	{
		what: 'a cluster that gets or changes its endpoint',
		kubeadm: 'cannot: by hand, file by file',
		ours: 'the same command again changes certificates, kubeadm-config, cluster-info, kube-proxy and kubeconfigs',
		why: 'one control plane can become three later',
	},
	{
		what: 'routes of a node until its next boot',
		kubeadm: "flannel's",
		ours: 'also one that refuses packets to pods of unknown nodes',
		why: 'a node is Ready before flanneld has made its routes, and such packets would leave by the default route',
	},
	{
		what: 'service accounts of controllers',
		kubeadm: 'made by the controller manager, one by one, before any controller runs',
		ours: 'the same accounts, put there in one call while it starts',
		why: 'it saves 4 s of every birth; measured',
	},
	{
		what: 'Lease kubestrap in kube-system',
		kubeadm: 'none; nothing keeps two operators apart',
		ours: 'there while a run changes the cluster, deleted at its end',
		why: 'two operators must not change one cluster at once; a control plane that dies meanwhile leaves it until the next run, and nothing reads it but kubestrap',
	},
	{
		what: 'token list',
		kubeadm: 'shows whole tokens',
		ours: 'shows stars for their secret halves, unless --show-secrets',
		why: 'a list ends up in terminals and tickets; the id is enough to delete a token',
	},
	{
		what: 'failCgroupV1, kube-proxy conntrack limits',
		kubeadm: "left to the operator's own documents",
		ours: 'set for the whole cluster when one node has cgroup v1, or is a container',
		why: 'the kubelet, or kube-proxy, would not start there',
	},
	{
		what: 'annotation component-config.hash',
		kubeadm: 'on kubelet-config and kube-proxy unless the operator gave a document',
		ours: 'also not when the survey changed a field',
		why: 'kubeadm would make a marked configuration anew at upgrade, and lose the change',
	},
];

function isHash(value: unknown): boolean {
	return /^sha256:[0-9a-f]{64}$/.test(String(value));
}
