/** What keeps nodes from registering, being Ready, or reaching the API. */
import type {Row} from './row.ts';

const kube = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf';
/** w1 has to register anew, with something broken. */
const registering = (id: string, how: string, sh: string, expects: string, more: Partial<Row> = {}): Row => ({
	id,
	how,
	inject: [
		['w1', `systemctl stop kubelet\n${sh}`],
		['cp1', `${kube} delete node w1 --wait=true`],
		['w1', 'later'],
	],
	verb: 'apply',
	phase: 'mark-node',
	anew: ['w1'],
	expects,
	...more,
});
const unready = (id: string, how: string, sh: string, expects: string, more: Partial<Row> = {}): Row => ({
	id,
	how,
	// The kubelet tells it after a while.
	inject: [
		['w1', sh],
		['cp1', `${kube} wait --for=condition=Ready=false node/w1 --timeout=120s`],
	],
	anew: ['w1'],
	phase: 'nodes-ready',
	expects,
	...more,
});
const kubeconfig = '/etc/kubernetes/kubelet.conf';
const proxyRestarted = `${kube} -n kube-system delete pod -l k8s-app=kube-proxy --wait=false`;
const proxyConfig = (edit: string) =>
	`${kube} -n kube-system get configmap kube-proxy -o yaml >/root/cause/proxy.yaml
${edit} /root/cause/proxy.yaml | ${kube} replace -f - && ${proxyRestarted} --field-selector=spec.nodeName=cp1 --grace-period=1`;
const proxyMended: Row['mend'] = [
	['cp1', `sed -i '/resourceVersion:/d' /root/cause/proxy.yaml; ${kube} replace -f /root/cause/proxy.yaml; ${proxyRestarted}`],
];

export const networkRows: readonly Row[] = [
	registering(
		'worker-name',
		'the name of the API does not resolve on the worker',
		`sed -i 's|server: .*|server: https://api.nowhere.example:6443|' ${kubeconfig}`,
		'name-unknown',
	),
	registering(
		'worker-refused',
		'the worker asks a port where nobody listens',
		`sed -i 's|\\(server: .*\\):[0-9]*\\("*\\)$|\\1:6999\\2|' ${kubeconfig}`,
		'endpoint-refused',
	),
	{
		...registering(
			'worker-firewall',
			'a firewall on the control plane refuses the worker (as firewalld does)',
			'',
			'endpoint-unreachable',
		),
		inject: [
			['w1', 'systemctl stop kubelet'],
			[
				'cp1',
				`ip=$(${kube} get node w1 -o 'jsonpath={.status.addresses[0].address}'); ${kube} delete node w1 --wait=true; iptables -I INPUT -s "$ip" -p tcp --dport 6443 -m comment --comment cause-test -j REJECT --reject-with icmp-host-prohibited`,
			],
			['w1', 'later'],
		],
	},
	registering(
		'worker-certificate',
		"the worker's client certificate is of another authority",
		'f=/var/lib/kubelet/pki/cause; openssl genrsa -out $f.key 2048 2>/dev/null; openssl req -x509 -new -key $f.key -subj /O=system:nodes/CN=system:node:w1 -days 30 -out $f.crt 2>/dev/null; cat $f.crt $f.key >/var/lib/kubelet/pki/kubelet-client-current.pem',
		'unauthorized',
	),
	registering(
		'worker-authority',
		'the worker trusts another authority than the cluster has',
		`f=/root/cause/ca; openssl req -x509 -newkey rsa:2048 -nodes -keyout $f.key -subj /CN=kubernetes -days 30 -out $f.crt 2>/dev/null
sed -i "s|certificate-authority-data: .*|certificate-authority-data: $(base64 -w0 $f.crt)|" ${kubeconfig}`,
		'certificate-bad',
	),
	registering(
		'worker-hostname',
		'a kubelet that calls itself otherwise than its certificate',
		"setting kubelet 'Environment=KUBELET_EXTRA_ARGS=--hostname-override=other'",
		'node-name',
	),
	registering('worker-runtime', 'containerd does not run on the worker', 'systemctl stop containerd', 'runtime-down'),
	registering(
		'worker-flag',
		'the kubelet of the worker has a flag that no kubelet has',
		"setting kubelet 'Environment=KUBELET_EXTRA_ARGS=--no-such-flag'",
		'component-argument',
		{early: true},
	),
	unready('cni-missing', "the network plug-in's configuration is gone", 'rm /etc/cni/net.d/*', 'cni-missing'),
	unready(
		'cni-config',
		"the network plug-in's configuration is no JSON",
		"echo '{' >/etc/cni/net.d/10-flannel.conflist",
		'cni-config',
	),
	{
		id: 'conntrack',
		how: 'kube-proxy shall set limits of connection tracking that it may not set',
		inject: [['cp1', proxyConfig("sed 's|maxPerCore: .*|maxPerCore: 999999|; s|^\\(  *\\)min: .*|\\1min: 9999999|'")]],
		anew: [],
		mend: proxyMended,
		phase: 'services-ready',
		expects: 'conntrack',
	},
	{
		id: 'proxy-mode',
		how: 'kube-proxy with a mode that does not exist',
		inject: [['cp1', proxyConfig("sed 's|^\\( *\\)mode: .*|\\1mode: nonsense|'")]],
		anew: [],
		mend: proxyMended,
		phase: 'services-ready',
		expects: 'proxy-config',
		early: true,
	},
];
